//! `#[mcp_server]`: router and handler in one.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ItemImpl;

use crate::{args::Args, handler, router, tool};

const ARGUMENTS: [&str; 3] = ["name", "version", "instructions"];

pub(crate) fn expand(args: TokenStream, block: ItemImpl) -> syn::Result<TokenStream> {
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
    if !tool::is_in(&block) {
        return Err(syn::Error::new_spanned(
            &block.self_ty,
            "a server needs at least one method with `#[tool]` in this `impl` block",
        ));
    }
    let about = args.rest();
    let handler = handler::expand(quote!(#(#about),*), router::empty_handler(&block))?;
    let router = router::expand_router(&[], &format_ident!("tool_router"), block)?;
    Ok(quote!(#router #handler))
}
