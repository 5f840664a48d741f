//! One `#[tool]` method, and its row in the policy table.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{
    FnArg, ImplItemFn, Meta, ReturnType, Signature, Type, parse_quote, spanned::Spanned as _,
};

use crate::marked::{Kind, Marked};

pub(crate) struct Tool {
    pub(crate) marked: Marked,
    parameters: Vec<Type>,
    answer: Option<Type>,
}

impl Tool {
    /// Reads the method's `#[tool]` and puts rmcp's in its place; `None` for other methods.
    pub(crate) fn take(method: &mut ImplItemFn) -> syn::Result<Option<Self>> {
        let marked = Marked::take(Kind::Tool, method)?;
        Ok(marked.map(|marked| Self {
            marked,
            parameters: parameter_types(&method.sig),
            answer: answer_type(&method.sig),
        }))
    }

    /// The tool's row in the policy table.
    ///
    /// What a parameter needs of the server is asked of its type, not of its name: the probe knows the
    /// types on portcullis's list, and takes all others for such as can hide a peer.
    pub(crate) fn policy(&self) -> TokenStream {
        let name = &self.marked.name;
        let scopes = self.marked.scopes.expr();
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

/// rmcp's own expression panics where the schema is not that of an object. It finds the type by the same
/// name.
pub(crate) fn input_schema(signature: &Signature) -> Option<Meta> {
    let types = parameter_types(signature);
    let is_parameters = |ty: &&Type| match ty {
        Type::Path(path) => {
            let last = path.path.segments.last();
            last.is_some_and(|segment| segment.ident == "Parameters")
        }
        _ => false,
    };
    let ty = types.iter().find(is_parameters)?;
    Some(parse_quote!(input_schema = ::portcullis::__private::input_schema::<#ty>()))
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
