//! One `#[tool]` method: what portcullis takes out of its attribute, and what it leaves to rmcp.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{
    Attribute, FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, Meta, Path, ReceiverKind, ReturnType,
    Signature, Type, parse_quote, spanned::Spanned as _,
};

use crate::{args::Args, scopes::Scopes};

pub(crate) struct Tool {
    pub(crate) method: Ident,
    pub(crate) scopes: Scopes,
    /// `tool`, as the author imported it.
    pub(crate) attribute: Path,
    name: String,
    parameters: Vec<Type>,
    answer: Option<Type>,
}

impl Tool {
    /// Reads the method's `#[tool]` and puts rmcp's in its place; `None` for other methods.
    pub(crate) fn take(method: &mut ImplItemFn) -> syn::Result<Option<Self>> {
        let Some(index) = method.attrs.iter().position(is_tool) else {
            return Ok(None);
        };
        check_receiver(&method.sig)?;
        let attribute = method.attrs[index].path().clone();
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
        // rmcp forgets the description at each attribute that is no documentation: so these go first.
        method.attrs.sort_by_key(|attr| attr.path().is_ident("doc"));
        Ok(Some(Self {
            method: method.sig.ident.clone(),
            scopes,
            attribute,
            name,
            parameters: parameter_types(&method.sig),
            answer: answer_type(&method.sig),
        }))
    }

    /// The tool's row in the policy table.
    ///
    /// What a parameter needs of the server is asked of its type, not of its name: the probe knows the
    /// types on portcullis's list, and takes all others for such as can hide a peer.
    pub(crate) fn policy(&self) -> TokenStream {
        let name = &self.name;
        let scopes = self.scopes.expr();
        let asked = self.parameters.iter().map(|ty| {
            quote_spanned! {ty.span()=>
                .needing(::portcullis::__private::argument::<Self, #ty>().needs())
            }
        });
        let answer = self
            .answer
            .iter()
            .map(|ty| quote_spanned!(ty.span()=> ::portcullis::__private::returns::<#ty>();));
        quote! {{
            #(#answer)*
            ::portcullis::__private::ToolPolicy::new(#name, #scopes) #(#asked)*
        }}
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

/// Calls of all clients share one server.
fn check_receiver(signature: &Signature) -> syn::Result<()> {
    let Some(receiver) = signature.receiver() else {
        return Ok(());
    };
    match receiver.kind {
        ReceiverKind::Value | ReceiverKind::Reference(_, _, Some(_)) => {
            Err(syn::Error::new_spanned(
                receiver,
                "a tool takes `&self`, since calls run at the same time; keep what changes in a \
                 `Mutex` or an atomic",
            ))
        }
        _ => Ok(()),
    }
}

fn parameter_types(signature: &Signature) -> Vec<Type> {
    let typed = |arg: &FnArg| match arg {
        FnArg::Typed(pat) => Some((*pat.ty).clone()),
        FnArg::Receiver(_) => None,
    };
    signature.inputs.iter().filter_map(typed).collect()
}

/// What an `async fn` resolves to, where it can be named outside of its signature.
fn answer_type(signature: &Signature) -> Option<Type> {
    let ReturnType::Type(_, ty) = &signature.output else {
        return None;
    };
    let nameable = signature.asyncness.is_some()
        && signature.generics.params.is_empty()
        && !matches!(**ty, Type::ImplTrait(_));
    nameable.then(|| (**ty).clone())
}
