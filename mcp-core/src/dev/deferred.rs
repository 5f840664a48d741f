use std::sync::{Arc, OnceLock};

use axum::http::HeaderMap;
use portcullis_auth::{AuthenticateError, Authenticator, Principal, ResourceAuth, VerifyError};

/// Stands in for the verifier of an authorization server that does not exist yet.
///
/// A server is built before the app that holds it, but the authorization server needs to know the
/// resources and scopes of all of the app's servers, so it is built last.
#[derive(Clone, Default)]
pub(super) struct Deferred(Arc<OnceLock<ResourceAuth>>);

impl Deferred {
    /// The first verifier stays.
    pub(super) fn resolve(&self, auth: ResourceAuth) {
        let _ = self.0.set(auth);
    }
}

impl Authenticator for Deferred {
    fn recall(&self, headers: &HeaderMap) -> Option<Arc<Principal>> {
        self.0.get()?.recall(headers)
    }

    async fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<Principal>, AuthenticateError> {
        let auth = self.0.get().ok_or(VerifyError::Unavailable {
            reason: "the server is not in the app whose login it uses",
            retry_after: std::time::Duration::from_secs(1),
        })?;
        auth.authenticate(headers).await
    }
}
