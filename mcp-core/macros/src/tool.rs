//! One `#[tool]` method: what portcullis takes out of its attribute, and what it leaves to rmcp.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, Meta, Type, parse_quote};

use crate::{args::Args, scopes::Scopes};

pub(crate) struct Tool {
    pub(crate) method: Ident,
    pub(crate) scopes: Scopes,
    name: String,
    parameters: Vec<Type>,
}

impl Tool {
    /// Reads the method's `#[tool]` and puts rmcp's in its place; `None` for other methods.
    pub(crate) fn take(method: &mut ImplItemFn) -> syn::Result<Option<Self>> {
        let Some(index) = method.attrs.iter().position(is_tool) else {
            return Ok(None);
        };
        let mut args = match &method.attrs[index].meta {
            Meta::List(list) => Args::parse(list.tokens.clone())?,
            Meta::Path(_) => Args::parse(TokenStream::new())?,
            Meta::NameValue(pair) => {
                return Err(syn::Error::new_spanned(pair, "write `#[tool(…)]`"));
            }
        };
        if let Some(typo) = args.get("scope") {
            return Err(syn::Error::new_spanned(typo, "write `scopes(\"…\")`"));
        }
        let scopes = Scopes::take(&mut args)?;
        let name = match args.peek_str("name")? {
            Some(name) => name.value(),
            None => method.sig.ident.to_string(),
        };
        let rest = args.rest();
        method.attrs[index] = parse_quote!(#[rmcp::tool(#(#rest),*)]);
        Ok(Some(Self {
            method: method.sig.ident.clone(),
            scopes,
            name,
            parameters: parameter_types(method),
        }))
    }

    /// The tool's row in the policy table.
    ///
    /// Whether a parameter can hide a peer is asked of its type, not of its name: `Probe` answers
    /// `false` for the types on portcullis's list and `true` for all others.
    pub(crate) fn policy(&self) -> TokenStream {
        let Self {
            name, parameters, ..
        } = self;
        let scopes = self.scopes.expr();
        quote! {
            ::portcullis::__private::ToolPolicy::new(
                #name,
                #scopes,
                false #(|| ::portcullis::__private::Probe::<#parameters>::new().may_use_peer())*,
            )
        }
    }
}

/// Whether any method of the block is a tool.
pub(crate) fn is_in(block: &ItemImpl) -> bool {
    block
        .items
        .iter()
        .any(|item| matches!(item, ImplItem::Fn(method) if method.attrs.iter().any(is_tool)))
}

/// Removes every `#[tool]`, so that the block compiles as plain methods.
pub(crate) fn strip_attributes(block: &mut ItemImpl) {
    for item in &mut block.items {
        if let ImplItem::Fn(method) = item {
            method.attrs.retain(|attr| !is_tool(attr));
        }
    }
}

/// As rmcp finds them: by the last segment of the path.
fn is_tool(attr: &Attribute) -> bool {
    attr.path()
        .segments
        .last()
        .is_some_and(|segment| segment.ident == "tool")
}

fn parameter_types(method: &ImplItemFn) -> Vec<Type> {
    let typed = |arg: &FnArg| match arg {
        FnArg::Typed(pat) => Some((*pat.ty).clone()),
        FnArg::Receiver(_) => None,
    };
    method.sig.inputs.iter().filter_map(typed).collect()
}
