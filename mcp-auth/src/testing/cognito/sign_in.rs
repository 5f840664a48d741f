//! What the pool remembers between the steps of a flow.

use serde::{Deserialize, Serialize};

use crate::{clock::Timestamp, names::ScopeSet};

/// How long a code can be redeemed.
pub(super) const CODE_SECS: u64 = 5 * 60;
/// How long the hosted UI's cookie signs the user in again without a password.
pub(super) const SESSION_SECS: u64 = 60 * 60;

/// A browser that has signed in (the hosted UI's cookie).
#[derive(Clone)]
pub(super) struct Session {
    pub(super) username: String,
    pub(super) auth_time: Timestamp,
}

/// A user's sign-in for one client: what codes, refresh tokens and claims are made of.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SignIn {
    pub(super) client_id: String,
    pub(super) username: String,
    pub(super) scopes: ScopeSet,
    /// The `resource` of the authorization request, verbatim (resource binding).
    pub(super) audience: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) auth_time: Timestamp,
    pub(super) event_id: String,
    /// Names the family of tokens that a revocation ends.
    pub(super) origin_jti: String,
}

/// A code that waits to be redeemed.
pub(super) struct IssuedCode {
    pub(super) sign_in: SignIn,
    pub(super) redirect_uri: String,
    /// The S256 challenge; PKCE is optional at Cognito.
    pub(super) code_challenge: Option<String>,
}
