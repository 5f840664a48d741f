//! A method with `#[tool]` or `#[prompt]`: what portcullis takes out of its attribute, and what it
//! leaves to rmcp.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{
    Attribute, Ident, ImplItem, ImplItemFn, ItemImpl, Meta, Path, ReceiverKind, Signature,
    parse_quote,
};

use crate::{args::Args, scopes::Scopes, tool};

/// Which attribute a method has.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Tool,
    Prompt,
}

impl Kind {
    /// The attribute's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Prompt => "prompt",
        }
    }

    /// As rmcp finds them: by the last segment of the path.
    fn marks(self, attr: &Attribute) -> bool {
        let last = attr.path().segments.last();
        last.is_some_and(|segment| segment.ident == self.name())
    }

    /// Whether any method of the block has it.
    pub(crate) fn is_in(self, block: &ItemImpl) -> bool {
        let mut items = block.items.iter();
        items.any(|item| {
            matches!(item, ImplItem::Fn(method) if method.attrs.iter().any(|attr| self.marks(attr)))
        })
    }

    /// Removes it everywhere, so that the block compiles as plain methods.
    pub(crate) fn strip(self, block: &mut ItemImpl) {
        for item in &mut block.items {
            if let ImplItem::Fn(method) = item {
                method.attrs.retain(|attr| !self.marks(attr));
            }
        }
    }
}

pub(crate) struct Marked {
    pub(crate) method: Ident,
    pub(crate) scopes: Scopes,
    /// The attribute, as the author imported it.
    pub(crate) attribute: Path,
    pub(crate) name: String,
}

impl Marked {
    /// Reads the method's attribute and puts rmcp's in its place; `None` for other methods.
    pub(crate) fn take(kind: Kind, method: &mut ImplItemFn) -> syn::Result<Option<Self>> {
        let Some(index) = method.attrs.iter().position(|attr| kind.marks(attr)) else {
            return Ok(None);
        };
        check_receiver(kind, &method.sig)?;
        let attribute = method.attrs[index].path().clone();
        let mut args = match &method.attrs[index].meta {
            Meta::List(list) => Args::parse(list.tokens.clone())?,
            Meta::Path(_) => Args::parse(TokenStream::new())?,
            Meta::NameValue(pair) => {
                let usage = format!("write `#[{}(…)]`", kind.name());
                return Err(syn::Error::new_spanned(pair, usage));
            }
        };
        if let Some(typo) = args.get("scope") {
            return Err(syn::Error::new_spanned(typo, "write `scopes(\"…\")`"));
        }
        let scopes = Scopes::take(&mut args)?;
        if let (Kind::Tool, Some(schema)) = (kind, tool::input_schema(&method.sig)) {
            args.default_to("input_schema", schema);
        }
        let name = match args.peek_str("name")? {
            Some(name) => name.value(),
            None => method.sig.ident.to_string(),
        };
        let (rmcps, rest) = (format_ident!("{}", kind.name()), args.rest());
        let rest = quote!(#(#rest),*);
        method.attrs[index] = parse_quote!(#[rmcp::#rmcps(#rest)]);
        // rmcp forgets the description at each attribute that is no documentation: so these go first.
        method.attrs.sort_by_key(|attr| attr.path().is_ident("doc"));
        Ok(Some(Self {
            method: method.sig.ident.clone(),
            scopes,
            attribute,
            name,
        }))
    }
}

/// Calls of all clients share one server.
fn check_receiver(kind: Kind, signature: &Signature) -> syn::Result<()> {
    let Some(receiver) = signature.receiver() else {
        return Ok(());
    };
    match receiver.kind {
        ReceiverKind::Value | ReceiverKind::Reference(_, _, Some(_)) => {
            Err(syn::Error::new_spanned(
                receiver,
                format!(
                    "a {} takes `&self`, since calls run at the same time; keep what changes in a \
                     `Mutex` or an atomic",
                    kind.name()
                ),
            ))
        }
        _ => Ok(()),
    }
}

/// A forgotten `scopes` would open a tool or prompt to everybody, so it is an error beside others that
/// have some; a server without any scope is a decision that its author has visibly made.
pub(crate) fn each_says_its_scopes<'a>(
    kind: Kind,
    marked: impl Iterator<Item = &'a Marked> + Clone,
) -> syn::Result<()> {
    let unsaid = |marked: &&Marked| matches!(marked.scopes, Scopes::Unsaid);
    if marked.clone().all(|marked| unsaid(&marked)) {
        return Ok(());
    }
    let kind = kind.name();
    let errors = marked.filter(unsaid).map(|marked| {
        let method = &marked.method;
        syn::Error::new_spanned(
            method,
            format!(
                "`{method}` does not say who may use it, but other {kind}s of this server do: write \
                 `#[{kind}(scopes(\"…\"))]`, or `#[{kind}(scopes())]` for every authenticated caller"
            ),
        )
    });
    let combined = errors.reduce(|mut all, error| {
        all.combine(error);
        all
    });
    combined.map_or(Ok(()), Err)
}
