use serde::{Deserialize, Serialize};

use crate::{
    names::{ClientId, ResourceIdentifier, ScopeSet, Subject},
    server::{
        digest::Digest,
        pkce::{CodeChallenge, CodeVerifier},
        redirect_uri::RedirectUri,
        secret::Secret,
        vault::Record,
    },
    store::RecordKind,
};

/// A validated authorization request (RFC 6749 §4.1.1).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client_id: ClientId,
    pub(crate) redirect_uri: RedirectUri,
    /// Whether the request named the URI; then the token request must too (RFC 6749 §4.1.3).
    pub(crate) redirect_uri_named: bool,
    pub(crate) state: Option<Secret>,
    pub(crate) challenge: CodeChallenge,
    pub(crate) resource: ResourceIdentifier,
    pub(crate) scopes: ScopeSet,
}

/// A consented authorization request that waits for the user to come back from the upstream
/// provider. Its key is the digest of the upstream `state`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) request: AuthorizationRequest,
    /// The browser that consented; no other may come back (T15).
    pub(crate) browser: Digest,
    pub(crate) nonce: Secret,
    pub(crate) verifier: CodeVerifier,
    /// The user who gave the consent that this one rests on, if it was a remembered one.
    pub(crate) remembered: Option<Subject>,
    pub(crate) state: PendingState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PendingState {
    /// The user is at the upstream provider.
    Waiting,
    /// Somebody came back and the upstream code is being exchanged, or has been.
    Taken,
}

impl Record for Pending {
    const KIND: RecordKind = RecordKind::Pending;
    const LAYOUT: &str = "pending v1";
}
