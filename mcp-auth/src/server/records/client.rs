use serde::{Deserialize, Serialize};

use crate::{
    names::ClientId,
    server::{digest::Digest, redirect_schemes::RedirectSchemes, redirect_uri::RedirectUri},
};

/// A registered client (RFC 7591 §2), as far as it is believed: what it calls itself is only shown.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) id: ClientId,
    pub(crate) name: Option<String>,
    pub(crate) redirect_uris: Vec<RedirectUri>,
    pub(crate) secret: ClientSecret,
}

/// What a client must show where it authenticates. By which method it sends a secret never matters: some
/// clients send it in the form, whatever they registered.
#[derive(Debug, Clone)]
pub(crate) enum ClientSecret {
    /// It is a public client.
    None,
    /// The one of the configuration.
    Configured(Digest),
    /// The one that is derived from its id.
    Derived {
        /// Whether it must be shown. It need not be by a client that did not say which method it uses:
        /// RFC 7591 gives it a secret then, of which many know nothing.
        required: bool,
    },
}

/// How a client authenticates at the token endpoint (RFC 7591 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TokenEndpointAuthMethod {
    None,
    ClientSecretBasic,
    ClientSecretPost,
}

impl TokenEndpointAuthMethod {
    pub(crate) const ALL: [Self; 3] = [Self::None, Self::ClientSecretBasic, Self::ClientSecretPost];
}

impl Client {
    /// The redirection endpoint for a request that names `requested`, or none when only one is
    /// registered (RFC 6749 §3.1.2.3).
    pub(crate) fn redirect_uri(
        &self,
        requested: Option<&str>,
        schemes: &RedirectSchemes,
    ) -> Option<RedirectUri> {
        let Some(requested) = requested else {
            let [only] = self.redirect_uris.as_slice() else {
                return None;
            };
            return RedirectUri::parse(only.as_str(), schemes).ok();
        };
        let requested = RedirectUri::parse(requested, schemes).ok()?;
        let registered = self.redirect_uris.iter();
        let is_allowed = registered.into_iter().any(|uri| uri.allows(&requested));
        is_allowed.then_some(requested)
    }
}
