//! `scopes("a", "b")`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, ExprLit, Lit, LitStr, Meta, Token, punctuated::Punctuated};

use crate::args::Args;

/// What a tool says about scopes. Saying nothing and asking for nothing are different.
pub(crate) enum Scopes {
    Unsaid,
    Said(Vec<Expr>),
}

impl Scopes {
    pub(crate) fn take(args: &mut Args) -> syn::Result<Self> {
        match args.take("scopes")? {
            None => Ok(Self::Unsaid),
            Some(Meta::List(list)) => {
                let scopes =
                    list.parse_args_with(Punctuated::<Expr, Token![,]>::parse_terminated)?;
                scopes.iter().try_for_each(check)?;
                Ok(Self::Said(scopes.into_iter().collect()))
            }
            Some(other) => Err(syn::Error::new_spanned(
                other,
                "write `scopes(\"read\", \"write\")`, or `scopes()` for every authenticated caller",
            )),
        }
    }

    /// An `Option<&[&str]>`.
    pub(crate) fn expr(&self) -> TokenStream {
        match self {
            Self::Unsaid => quote!(::core::option::Option::None),
            Self::Said(scopes) => quote!(::core::option::Option::Some(&[#(#scopes),*])),
        }
    }
}

/// Literals are checked here, where the error can point at them; constants when the server is built.
fn check(scope: &Expr) -> syn::Result<()> {
    match scope {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => check_grammar(text),
        Expr::Lit(other) => Err(syn::Error::new_spanned(other, "a scope is a string")),
        _ => Ok(()),
    }
}

/// RFC 6749 §3.3, as `portcullis_auth::Scope` has it.
fn check_grammar(text: &LitStr) -> syn::Result<()> {
    let allowed = |b: u8| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    let scope = text.value();
    if scope.is_empty() || scope.len() > 256 || !scope.bytes().all(allowed) {
        return Err(syn::Error::new_spanned(
            text,
            "a scope has 1 to 256 printable ASCII characters without space, \" and \\ (RFC 6749 \
             §3.3); name several as `scopes(\"a\", \"b\")`",
        ));
    }
    Ok(())
}
