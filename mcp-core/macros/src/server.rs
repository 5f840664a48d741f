//! `#[mcp_server]`: routers and handler in one.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{ItemImpl, parse_quote};

use crate::{args::Args, handler, marked::Kind, prompts, router};

const ARGUMENTS: [&str; 3] = ["name", "version", "instructions"];

pub(crate) fn expand(args: TokenStream, mut block: ItemImpl) -> syn::Result<TokenStream> {
    let args = Args::parse(args)?;
    for argument in args.rest() {
        if !ARGUMENTS.iter().any(|name| argument.path().is_ident(name)) {
            return Err(syn::Error::new_spanned(
                argument,
                "`#[mcp_server]` takes `name`, `version` and `instructions`, each a string; for \
                 more, write `#[tool_router]` and `#[tool_handler]`",
            ));
        }
    }
    if !Kind::Tool.is_in(&block) {
        return Err(syn::Error::new_spanned(
            &block.self_ty,
            "a server needs at least one method with `#[tool]` in this `impl` block",
        ));
    }
    let mut empty = router::empty_handler(&block);
    let mut imports = TokenStream::new();
    if Kind::Prompt.is_in(&block) {
        imports = prompts::add_policies(&prompts::default_router(), &mut block)?;
        block.attrs.push(parse_quote!(#[rmcp::prompt_router]));
        empty.attrs.push(parse_quote!(#[prompt_handler]));
    }
    let about = args.rest();
    let handler = handler::expand(quote!(#(#about),*), empty)?;
    let router = router::expand_router(&[], &format_ident!("tool_router"), block)?;
    Ok(quote!(#imports #router #handler))
}
