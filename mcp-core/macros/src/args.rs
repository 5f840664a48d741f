//! The arguments of an attribute: a list of `name`, `name = value` and `name(…)`.

use proc_macro2::TokenStream;
use syn::{Expr, ExprLit, Lit, LitStr, Meta, Token, parse::Parser, punctuated::Punctuated};

/// Arguments that have not been taken yet; what nobody takes is passed on to rmcp's macro, whose
/// business it is to refuse what it does not know.
pub(crate) struct Args(Vec<Meta>);

impl Args {
    pub(crate) fn parse(tokens: TokenStream) -> syn::Result<Self> {
        let metas = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(tokens)?;
        Ok(Self(metas.into_iter().collect()))
    }

    /// Removes the argument `name`; naming it twice is an error.
    pub(crate) fn take(&mut self, name: &str) -> syn::Result<Option<Meta>> {
        let Some(index) = self.0.iter().position(|meta| meta.path().is_ident(name)) else {
            return Ok(None);
        };
        let meta = self.0.remove(index);
        match self.get(name) {
            Some(again) => Err(syn::Error::new_spanned(
                again,
                format!("`{name}` is given twice"),
            )),
            None => Ok(Some(meta)),
        }
    }

    pub(crate) fn take_expr(&mut self, name: &str) -> syn::Result<Option<Expr>> {
        match self.take(name)? {
            Some(Meta::NameValue(pair)) => Ok(Some(pair.value)),
            Some(other) => Err(syn::Error::new_spanned(
                other,
                format!("write `{name} = …`"),
            )),
            None => Ok(None),
        }
    }

    /// Looks at a string argument and leaves it in the list.
    pub(crate) fn peek_str(&self, name: &str) -> syn::Result<Option<LitStr>> {
        let Some(meta) = self.get(name) else {
            return Ok(None);
        };
        if let Meta::NameValue(pair) = meta
            && let Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) = &pair.value
        {
            return Ok(Some(text.clone()));
        }
        Err(syn::Error::new_spanned(
            meta,
            format!("write `{name} = \"…\"`, with a string literal"),
        ))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Meta> {
        self.0.iter().find(|meta| meta.path().is_ident(name))
    }

    /// Adds an argument for rmcp's macro, unless the author has given it.
    pub(crate) fn default_to(&mut self, name: &str, argument: Meta) {
        if self.get(name).is_none() {
            self.0.push(argument);
        }
    }

    /// What is left, for rmcp's macro.
    pub(crate) fn rest(&self) -> &[Meta] {
        &self.0
    }
}
