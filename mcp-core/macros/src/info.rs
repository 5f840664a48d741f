//! `serverInfo` is the author's, also where the author writes `get_info`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, ImplItem, ImplItemFn, ItemImpl, Meta, parse_quote};

use crate::args::Args;

/// Says what rmcp's own default would get wrong. `ServerConfig::new` in a `get_info` of the author's
/// names rmcp; rmcp's macro, which writes it elsewhere, does so without a `name`.
///
/// Returns the arguments for rmcp's macro.
pub(crate) fn fill_in(args: &Args, block: &mut ItemImpl) -> syn::Result<TokenStream> {
    let package = std::env::var("CARGO_PKG_NAME").ok();
    let name: Option<Expr> = match args.peek_str("name")? {
        Some(name) => Some(parse_quote!(#name)),
        None => package.map(|package| parse_quote!(#package)),
    };
    let Some(name) = name else {
        return Ok(TokenStream::new());
    };
    if let Some(get_info) = own_get_info(block) {
        let version = value(args, "version");
        let version = version.unwrap_or_else(|| parse_quote!(::core::env!("CARGO_PKG_VERSION")));
        let instructions = match value(args, "instructions") {
            Some(text) => quote!(::core::option::Option::Some(#text)),
            None => quote!(::core::option::Option::None),
        };
        let (answer, body) = (&get_info.sig.output, &get_info.block);
        get_info.block = parse_quote!({
            let said = (|| #answer #body)();
            ::portcullis::__private::fill_in_info(said, #name, #version, #instructions)
        });
    }
    Ok(match args.get("name") {
        Some(_) => TokenStream::new(),
        None => quote!(name = #name,),
    })
}

fn own_get_info(block: &mut ItemImpl) -> Option<&mut ImplItemFn> {
    block.items.iter_mut().find_map(|item| match item {
        ImplItem::Fn(method) if method.sig.ident == "get_info" => Some(method),
        _ => None,
    })
}

/// What no `name = value` is, rmcp's macro refuses.
fn value(args: &Args, name: &str) -> Option<Expr> {
    match args.get(name)? {
        Meta::NameValue(pair) => Some(pair.value.clone()),
        _ => None,
    }
}
