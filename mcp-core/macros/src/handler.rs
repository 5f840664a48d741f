//! `#[tool_handler]`: rmcp's handler on a router that is built once.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, ExprCall, ExprField, ExprPath, Ident, ImplItem, ItemImpl, Member, parse_quote};

use crate::{args::Args, info, marked::Kind, prompts::PromptHandler, router::policies_fn};

pub(crate) fn expand(args: TokenStream, mut block: ItemImpl) -> syn::Result<TokenStream> {
    let mut args = Args::parse(args)?;
    let prompts = PromptHandler::take(&mut block)?;
    let router = args
        .take_expr("router")?
        .unwrap_or_else(|| parse_quote!(Self::tool_router()));
    let policies = match args.take_expr("policies")? {
        Some(policies) => quote!(#policies),
        None => policies_of(&router, Kind::Tool)?,
    };
    let meta = args.take_expr("meta")?;
    let has_meta = meta.is_some();
    let meta = match meta {
        Some(meta) => quote!(::core::option::Option::Some(#meta)),
        None => quote!(::core::option::Option::None),
    };
    let name = info::fill_in(&args, &mut block)?;
    let rest = args.rest();

    let calls_are_ours = !has_method(&block, "call_tool");
    let lists_are_ours = !has_method(&block, "list_tools");
    let tools_are_fixed = lists_are_ours && !has_meta && !mentions_self(&router);
    let (router, shared_router) = build_once(&router, &block);
    if lists_are_ours {
        block.items.push(list_tools(&router, &meta));
    }

    let (generics, _, bounds) = block.generics.split_for_impl();
    let server = &block.self_ty;
    let PromptHandler {
        attribute: prompt_handler,
        policies: prompt_policies,
        marker,
    } = prompts;
    Ok(quote! {
        #shared_router
        #marker

        impl #generics ::portcullis::ToolPolicies for #server #bounds {
            fn tool_policies() -> ::std::vec::Vec<::portcullis::__private::ToolPolicy> {
                #policies
            }

            #prompt_policies

            fn macro_made() -> ::portcullis::__private::MacroMade {
                ::portcullis::__private::MacroMade {
                    call_tool: #calls_are_ours,
                    list_tools: #lists_are_ours,
                    fixed_tools: #tools_are_fixed,
                }
            }
        }

        #[rmcp::tool_handler(router = #router, #name #(#rest),*)]
        #prompt_handler
        #block
    })
}

/// rmcp evaluates the router expression on every call, which rebuilds the whole router. One that
/// does not look at `self` is the same every time, so it is evaluated once.
///
/// Returns the expression for rmcp's macro and the function behind it.
fn build_once(router: &Expr, block: &ItemImpl) -> (Expr, TokenStream) {
    if mentions_self(router) {
        return (router.clone(), TokenStream::new());
    }
    let server = &block.self_ty;
    let (generics, _, bounds) = block.generics.split_for_impl();
    let body = if block.generics.params.is_empty() {
        quote! {
            static ROUTER: ::std::sync::OnceLock<
                rmcp::handler::server::router::tool::ToolRouter<#server>,
            > = ::std::sync::OnceLock::new();
            ROUTER.get_or_init(|| #router)
        }
    } else {
        // A static cannot name the type parameters of the block around it.
        quote!(::portcullis::__private::shared_router(|| #router))
    };
    let function = quote! {
        impl #generics #server #bounds {
            fn __portcullis_router()
            -> &'static rmcp::handler::server::router::tool::ToolRouter<Self> {
                #body
            }
        }
    };
    (parse_quote!(Self::__portcullis_router()), function)
}

/// rmcp's version says `cacheScope: public`; what an authenticated caller gets is private, which
/// rmcp fills in where nothing is said.
fn list_tools(router: &Expr, meta: &TokenStream) -> ImplItem {
    parse_quote! {
        async fn list_tools(
            &self,
            _request: ::core::option::Option<rmcp::model::PaginatedRequestParams>,
            _context: rmcp::service::RequestContext<rmcp::RoleServer>,
        ) -> ::core::result::Result<rmcp::model::ListToolsResult, rmcp::ErrorData> {
            let mut tools = rmcp::model::ListToolsResult::with_all_items(#router.list_all());
            tools.meta = #meta;
            ::core::result::Result::Ok(tools)
        }
    }
}

/// The policy tables beside the routers that the expression adds up.
pub(crate) fn policies_of(router: &Expr, kind: Kind) -> syn::Result<TokenStream> {
    let mut names = Vec::new();
    if !collect_routers(router, &mut names) {
        return Err(syn::Error::new_spanned(
            router,
            format!(
                "cannot tell which {kind}s this router holds, so not their scopes either: add \
                 `policies = Self::my_router_policies()`, the function that `#[{kind}_router]` wrote",
                kind = kind.name()
            ),
        ));
    }
    let tables = names.iter().map(policies_fn);
    Ok(quote! {{
        let mut policies = ::std::vec::Vec::new();
        #(policies.extend(Self::#tables());)*
        policies
    }})
}

/// `Self::a() + Self::b()` and `self.a`, which by rmcp's convention holds what `Self::a()` made.
fn collect_routers(router: &Expr, names: &mut Vec<Ident>) -> bool {
    match router {
        Expr::Binary(sum) => {
            collect_routers(&sum.left, names) && collect_routers(&sum.right, names)
        }
        Expr::Paren(inner) => collect_routers(&inner.expr, names),
        Expr::Call(ExprCall { func, .. }) => match &**func {
            Expr::Path(ExprPath { path, .. }) if path.segments.len() == 2 => {
                names.extend(path.segments.last().map(|segment| segment.ident.clone()));
                path.segments[0].ident == "Self"
            }
            _ => false,
        },
        Expr::Field(ExprField {
            base,
            member: Member::Named(name),
            ..
        }) => {
            names.push(name.clone());
            matches!(&**base, Expr::Path(path) if path.path.is_ident("self"))
        }
        _ => false,
    }
}

fn mentions_self(expr: &Expr) -> bool {
    fn any(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            proc_macro2::TokenTree::Ident(ident) => ident == "self",
            proc_macro2::TokenTree::Group(group) => any(group.stream()),
            _ => false,
        })
    }
    any(quote!(#expr))
}

fn has_method(block: &ItemImpl, name: &str) -> bool {
    block
        .items
        .iter()
        .any(|item| matches!(item, ImplItem::Fn(method) if method.sig.ident == name))
}
