use serde::{Deserialize, Serialize};

use crate::{
    clock::Timestamp,
    names::ClientId,
    server::{
        digest::Digest, redirect_schemes::RedirectSchemes, redirect_uri::RedirectUri, vault::Record,
    },
    store::RecordKind,
};

/// A registered client (RFC 7591 §2), as far as it is believed: what it calls itself is only shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Client {
    pub(crate) id: ClientId,
    pub(crate) name: Option<String>,
    pub(crate) redirect_uris: Vec<RedirectUri>,
    pub(crate) auth_method: TokenEndpointAuthMethod,
    /// SHA-256 of the secret. A random secret of 256 bits needs no slow hash.
    pub(crate) secret: Option<Digest>,
    pub(crate) issued_at: Timestamp,
}

/// How a client authenticates at the token endpoint (RFC 7591 §2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TokenEndpointAuthMethod {
    #[default]
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

impl Record for Client {
    const KIND: RecordKind = RecordKind::Client;
    const LAYOUT: &str = "client v1";
}
