//! `#[tool_router]`: rmcp's router, and the policy table beside it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Expr, Ident, ImplItem, ItemImpl, Meta, parse_quote};

use crate::{args::Args, handler, scopes::Scopes, tool::Tool};

pub(crate) fn expand(args: TokenStream, block: ItemImpl) -> syn::Result<TokenStream> {
    let mut args = Args::parse(args)?;
    let router = router_name(&args)?;
    let handler = match args.take("server_handler")? {
        None => TokenStream::new(),
        Some(Meta::Path(_)) => {
            handler::expand(quote!(router = Self::#router()), empty_handler(&block))?
        }
        Some(other) => return Err(syn::Error::new_spanned(other, "write `server_handler`")),
    };
    let router = expand_router(args.rest(), &router, block)?;
    Ok(quote!(#router #handler))
}

/// The block with rmcp's attributes, plus `fn <router>_policies()`.
pub(crate) fn expand_router(
    rmcp_args: &[Meta],
    router: &Ident,
    mut block: ItemImpl,
) -> syn::Result<TokenStream> {
    if let Some((path, _)) = &block.trait_ {
        return Err(syn::Error::new_spanned(
            path,
            "tools are methods of the type itself: write `impl MyServer { … }`",
        ));
    }
    let tools = take_tools(&mut block)?;
    every_tool_says_its_scopes(&tools)?;

    let policies = tools.iter().map(Tool::policy);
    let attributes = tools.iter().map(|tool| &tool.attribute);
    let policies_fn = policies_fn(router);
    block.items.push(parse_quote! {
        #[doc(hidden)]
        pub(crate) fn #policies_fn() -> ::std::vec::Vec<::portcullis::__private::ToolPolicy> {
            use ::portcullis::__private::UnknownNeeds as _;
            ::std::vec![#(#policies),*]
        }
    });
    Ok(quote! {
        // rmcp's attribute takes the place of the author's, whose import would look unused.
        #(use #attributes as _;)*

        #[rmcp::tool_router(#(#rmcp_args),*)]
        #block
    })
}

/// The name of the function that holds the policies of `router`'s tools.
pub(crate) fn policies_fn(router: &Ident) -> Ident {
    format_ident!("{router}_policies")
}

/// `impl ServerHandler for` the type of `block`, with nothing in it yet.
pub(crate) fn empty_handler(block: &ItemImpl) -> ItemImpl {
    let (generics, _, bounds) = block.generics.split_for_impl();
    let server = &block.self_ty;
    parse_quote!(impl #generics rmcp::ServerHandler for #server #bounds {})
}

fn router_name(args: &Args) -> syn::Result<Ident> {
    match args.get("router") {
        None => Ok(format_ident!("tool_router")),
        Some(Meta::NameValue(pair)) => match &pair.value {
            Expr::Path(path) => path.path.require_ident().cloned(),
            other => Err(syn::Error::new_spanned(other, "write `router = name`")),
        },
        Some(other) => Err(syn::Error::new_spanned(other, "write `router = name`")),
    }
}

/// Every tool's error is reported, not only the first.
fn take_tools(block: &mut ItemImpl) -> syn::Result<Vec<Tool>> {
    let mut tools = Vec::new();
    let mut errors: Option<syn::Error> = None;
    for item in &mut block.items {
        let ImplItem::Fn(method) = item else { continue };
        match Tool::take(method) {
            Ok(tool) => tools.extend(tool),
            Err(error) => match &mut errors {
                Some(errors) => errors.combine(error),
                None => errors = Some(error),
            },
        }
    }
    errors.map_or(Ok(tools), Err)
}

/// A forgotten `scopes` would open a tool to everybody, so it is an error beside tools that have
/// some; a server without any scope is a decision that its author has visibly made.
fn every_tool_says_its_scopes(tools: &[Tool]) -> syn::Result<()> {
    let unsaid = |tool: &&Tool| matches!(tool.scopes, Scopes::Unsaid);
    if tools.iter().all(|tool| unsaid(&tool)) {
        return Ok(());
    }
    let errors = tools.iter().filter(unsaid).map(|tool| {
        syn::Error::new_spanned(
            &tool.method,
            format!(
                "`{}` does not say who may use it, but other tools of this server do: write \
                 `#[tool(scopes(\"…\"))]`, or `#[tool(scopes())]` for every authenticated caller",
                tool.method
            ),
        )
    });
    let combined = errors.reduce(|mut all, error| {
        all.combine(error);
        all
    });
    combined.map_or(Ok(()), Err)
}
