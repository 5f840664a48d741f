//! From a credential to a [`Principal`].

pub(crate) mod bearer;
#[cfg(feature = "jwt")]
pub(crate) mod jwt;
#[cfg(feature = "jwt")]
pub(crate) mod remembered;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use http::HeaderMap;

use crate::{
    names::{BearerToken, Issuer},
    principal::Principal,
};

/// Verifies bearer tokens: the piece to write for a token format of your own.
///
/// `Invalid` and `Unavailable` are different answers: the first makes the client sign in again
/// (401), the second makes it wait (503), so a fault of the key server signs nobody out.
pub trait TokenVerifier: Send + Sync + 'static {
    /// Says who holds the token, after checking *everything*: signature, issuer, audience, time.
    fn verify(
        &self,
        token: &BearerToken,
    ) -> impl Future<Output = Result<Principal, VerifyError>> + Send;

    /// Who issues the tokens: goes into the resource's metadata (RFC 9728 §2), where clients look for
    /// a place to sign in. None by default: for credentials that are handed out by other means.
    fn authorization_servers(&self) -> Vec<Issuer> {
        Vec::new()
    }
}

/// Why no [`Principal`] came of a credential.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The credential is not good: 401 `invalid_token`. The reason is for the operator's log and is
    /// never sent.
    #[error("invalid token: {0}")]
    Invalid(&'static str),
    /// Whether it is good cannot be told now: 503 with `Retry-After`.
    #[error("cannot verify now: {reason}")]
    Unavailable {
        /// For the operator's log.
        reason: &'static str,
        /// When to try again, in whole seconds, at least 1.
        retry_after: Duration,
    },
}

/// Finds a credential in a request's headers and verifies it.
pub trait Authenticator: Send + Sync + 'static {
    /// The fast path: a credential that was verified before and still holds. Must not wait.
    fn recall(&self, headers: &HeaderMap) -> Option<Arc<Principal>> {
        let _ = headers;
        None
    }

    /// Verifies the request's credential.
    fn authenticate(
        &self,
        headers: &HeaderMap,
    ) -> impl Future<Output = Result<Arc<Principal>, AuthenticateError>> + Send;
}

/// Why a request has no [`Principal`].
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum AuthenticateError {
    /// No credential of this kind: 401 without `error` (RFC 6750 §3.1).
    #[error("no credential")]
    Missing,
    /// More than one credential, or one that breaks the header's grammar: 400 `invalid_request`.
    #[error("malformed credential: {0}")]
    Malformed(&'static str),
    /// The verifier's answer.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

/// [`Authenticator`] behind a pointer, so that layers are not generic over it.
pub(crate) trait DynAuthenticator: Send + Sync {
    fn recall(&self, headers: &HeaderMap) -> Option<Arc<Principal>>;
    fn authenticate<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> Pin<Box<dyn Future<Output = Result<Arc<Principal>, AuthenticateError>> + Send + 'a>>;
}

impl<A: Authenticator> DynAuthenticator for A {
    fn recall(&self, headers: &HeaderMap) -> Option<Arc<Principal>> {
        Authenticator::recall(self, headers)
    }

    fn authenticate<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> Pin<Box<dyn Future<Output = Result<Arc<Principal>, AuthenticateError>> + Send + 'a>> {
        Box::pin(Authenticator::authenticate(self, headers))
    }
}
