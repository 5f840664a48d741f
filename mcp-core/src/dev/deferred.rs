use std::sync::{Arc, OnceLock};

use axum::http::HeaderMap;
use portcullis_auth::{
    AuthenticateError, Authenticator, MockCognito, Principal, ResourceAuth, VerifyError,
};

/// Stands in for the verifier of an authorization server that does not exist yet.
///
/// A server is built before the app that holds it, but the authorization server needs to know the
/// resources and scopes of all of the app's servers, so it is built last.
#[derive(Clone)]
pub(super) struct Deferred {
    auth: Arc<OnceLock<ResourceAuth>>,
    /// The pool serves as long as somebody holds it: as long as the server does.
    _pool: MockCognito,
}

impl Deferred {
    pub(super) fn new(pool: MockCognito) -> Self {
        Self {
            auth: Arc::default(),
            _pool: pool,
        }
    }

    /// The first verifier stays.
    pub(super) fn resolve(&self, auth: ResourceAuth) {
        let _ = self.auth.set(auth);
    }
}

impl Authenticator for Deferred {
    fn recall(&self, headers: &HeaderMap) -> Option<Arc<Principal>> {
        self.auth.get()?.recall(headers)
    }

    async fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<Principal>, AuthenticateError> {
        let auth = self.auth.get().ok_or(VerifyError::Unavailable {
            reason: "the server is not in the app whose login it uses",
            retry_after: std::time::Duration::from_secs(1),
        })?;
        auth.authenticate(headers).await
    }
}
