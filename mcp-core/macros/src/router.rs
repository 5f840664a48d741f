//! `#[tool_router]`: rmcp's router, and the policy table beside it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Expr, Ident, ImplItem, ImplItemFn, ItemImpl, Meta, parse_quote};

use crate::{
    args::Args,
    handler,
    marked::{Kind, Marked, each_says_its_scopes},
    tool::Tool,
};

pub(crate) fn expand(args: TokenStream, block: ItemImpl) -> syn::Result<TokenStream> {
    let mut args = Args::parse(args)?;
    let router = router_name(&args, Kind::Tool)?;
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
    check_inherent(&block)?;
    let tools = take_all(&mut block, Tool::take)?;
    each_says_its_scopes(Kind::Tool, tools.iter().map(|tool| &tool.marked))?;

    let policies = tools.iter().map(Tool::policy);
    let policies_fn = policies_fn(router);
    block.items.push(parse_quote! {
        #[doc(hidden)]
        pub(crate) fn #policies_fn() -> ::std::vec::Vec<::portcullis::__private::ToolPolicy> {
            use ::portcullis::__private::UnknownNeeds as _;
            ::std::vec![#(#policies),*]
        }
    });
    let imports = imports(tools.iter().map(|tool| &tool.marked));
    Ok(quote! {
        #imports

        #[rmcp::tool_router(#(#rmcp_args),*)]
        #block
    })
}

/// rmcp's attribute takes the place of the author's, whose import would look unused.
pub(crate) fn imports<'a>(marked: impl Iterator<Item = &'a Marked>) -> TokenStream {
    let attributes = marked.map(|marked| &marked.attribute);
    quote!(#(use #attributes as _;)*)
}

pub(crate) fn check_inherent(block: &ItemImpl) -> syn::Result<()> {
    match &block.trait_ {
        None => Ok(()),
        Some((path, _)) => Err(syn::Error::new_spanned(
            path,
            "tools and prompts are methods of the type itself: write `impl MyServer { … }`",
        )),
    }
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

pub(crate) fn router_name(args: &Args, kind: Kind) -> syn::Result<Ident> {
    match args.get("router") {
        None => Ok(format_ident!("{}_router", kind.name())),
        Some(Meta::NameValue(pair)) => match &pair.value {
            Expr::Path(path) => path.path.require_ident().cloned(),
            other => Err(syn::Error::new_spanned(other, "write `router = name`")),
        },
        Some(other) => Err(syn::Error::new_spanned(other, "write `router = name`")),
    }
}

/// Every method's error is reported, not only the first.
pub(crate) fn take_all<T>(
    block: &mut ItemImpl,
    take: impl Fn(&mut ImplItemFn) -> syn::Result<Option<T>>,
) -> syn::Result<Vec<T>> {
    let mut taken = Vec::new();
    let mut errors: Option<syn::Error> = None;
    for item in &mut block.items {
        let ImplItem::Fn(method) = item else { continue };
        match take(method) {
            Ok(marked) => taken.extend(marked),
            Err(error) => match &mut errors {
                Some(errors) => errors.combine(error),
                None => errors = Some(error),
            },
        }
    }
    errors.map_or(Ok(taken), Err)
}
