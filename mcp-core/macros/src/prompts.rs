//! `#[prompt_router]` and `#[prompt_handler]`: rmcp's, and the scopes of the prompts beside them.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, Expr, Ident, ItemImpl, Meta, parse_quote};

use crate::{
    args::Args,
    handler::policies_of,
    marked::{Kind, Marked, each_says_its_scopes},
    router::{check_inherent, imports, policies_fn, router_name, take_all},
};

pub(crate) fn expand_router(args: TokenStream, mut block: ItemImpl) -> syn::Result<TokenStream> {
    let args = Args::parse(args)?;
    let router = router_name(&args, Kind::Prompt)?;
    let imports = add_policies(&router, &mut block)?;
    // rmcp wants this router's name as a string.
    let rest = args
        .rest()
        .iter()
        .filter(|arg| !arg.path().is_ident("router"));
    let name = router.to_string();
    Ok(quote! {
        #imports

        #[rmcp::prompt_router(router = #name, #(#rest),*)]
        #block
    })
}

/// Puts rmcp's attributes into the block, and `fn <router>_policies()`. Returns the imports of the
/// author's attributes.
pub(crate) fn add_policies(router: &Ident, block: &mut ItemImpl) -> syn::Result<TokenStream> {
    check_inherent(block)?;
    let prompts = take_all(block, |method| Marked::take(Kind::Prompt, method))?;
    each_says_its_scopes(Kind::Prompt, prompts.iter())?;

    let rows = prompts.iter().map(|prompt| {
        let (name, scopes) = (&prompt.name, prompt.scopes.expr());
        quote!(::portcullis::__private::PromptPolicy::new(#name, #scopes))
    });
    let policies_fn = policies_fn(router);
    block.items.push(parse_quote! {
        #[doc(hidden)]
        pub(crate) fn #policies_fn() -> ::std::vec::Vec<::portcullis::__private::PromptPolicy>
        where
            Self: ::portcullis::__private::ReadsPromptScopes,
        {
            ::std::vec![#(#rows),*]
        }
    });
    Ok(imports(prompts.iter()))
}

/// `#[prompt_handler]` on its own: it is `#[tool_handler]` that reads it, so that goes first.
pub(crate) fn expand_handler(args: TokenStream, mut block: ItemImpl) -> syn::Result<TokenStream> {
    if !block
        .attrs
        .iter()
        .any(|attr| is_named(attr, "tool_handler"))
    {
        return Err(syn::Error::new_spanned(
            &block.self_ty,
            "`#[prompt_handler]` stands beside portcullis's `#[tool_handler]`, or the prompts in the \
             block of `#[mcp_server]`; a server of prompts alone is made with rmcp's macros, and \
             `McpServer::from_rmcp(..).prompt_scopes(..)`",
        ));
    }
    block
        .attrs
        .push(parse_quote!(#[::portcullis::prompt_handler(#args)]));
    Ok(quote!(#block))
}

/// What `#[tool_handler]` writes for the `#[prompt_handler]` beside it.
#[derive(Default)]
pub(crate) struct PromptHandler {
    /// rmcp's attribute.
    pub(crate) attribute: TokenStream,
    /// `fn prompt_policies()` of `ToolPolicies`.
    pub(crate) policies: TokenStream,
    /// The proof that somebody reads the scopes.
    pub(crate) marker: TokenStream,
}

impl PromptHandler {
    /// Takes the attribute from the block.
    pub(crate) fn take(block: &mut ItemImpl) -> syn::Result<Self> {
        let mut attrs = block.attrs.iter();
        let Some(index) = attrs.position(|attr| is_named(attr, "prompt_handler")) else {
            return Ok(Self::default());
        };
        let attribute = block.attrs.remove(index);
        let mut args = match &attribute.meta {
            Meta::List(list) => Args::parse(list.tokens.clone())?,
            _ => Args::parse(TokenStream::new())?,
        };
        let router = args
            .take_expr("router")?
            .unwrap_or_else(|| parse_quote!(Self::prompt_router()));
        let policies = match args.take_expr("policies")? {
            Some(policies) => quote!(#policies),
            None => policies_of(&router, Kind::Prompt)?,
        };
        // rmcp calls a method on the expression as it stands.
        let router = match router {
            Expr::Binary(sum) => parse_quote!((#sum)),
            other => other,
        };
        let rest = args.rest();
        let (generics, _, bounds) = block.generics.split_for_impl();
        let server = &block.self_ty;
        Ok(Self {
            attribute: quote!(#[rmcp::prompt_handler(router = #router, #(#rest),*)]),
            policies: quote! {
                fn prompt_policies() -> ::std::vec::Vec<::portcullis::__private::PromptPolicy> {
                    #policies
                }
            },
            marker: quote! {
                impl #generics ::portcullis::__private::ReadsPromptScopes for #server #bounds {}
            },
        })
    }
}

/// The one that `#[mcp_server]` has a block of prompts handled by.
pub(crate) fn default_router() -> Ident {
    format_ident!("prompt_router")
}

fn is_named(attr: &Attribute, name: &str) -> bool {
    let last = attr.path().segments.last();
    last.is_some_and(|segment| segment.ident == name)
}
