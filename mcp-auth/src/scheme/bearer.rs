use std::sync::Arc;

use http::HeaderMap;

use super::{AuthScheme, ResourceAuth};
use crate::{
    error::ConfigError,
    names::ResourceIdentifier,
    principal::Principal,
    verify::{AuthenticateError, Authenticator, TokenVerifier, bearer},
};

/// Accepts what a [`TokenVerifier`] of your own accepts, as `Authorization: Bearer`.
///
/// The verifier is asked at every request: how long an answer may be remembered is known to it alone.
///
/// ```
/// use portcullis_auth::{
///     AuthScheme, Bearer, BearerToken, Principal, ResourceIdentifier, TokenVerifier, VerifyError,
/// };
///
/// struct Introspection { /* … */ }
///
/// impl TokenVerifier for Introspection {
///     async fn verify(&self, token: &BearerToken) -> Result<Principal, VerifyError> {
///         Err(VerifyError::Invalid("not active"))
///     }
/// }
///
/// let resource = ResourceIdentifier::new("https://mcp.example.com/mcp")?;
/// let auth = Bearer(Introspection {}).for_resource(&resource)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Bearer<V>(pub V);

impl<V: TokenVerifier> AuthScheme for Bearer<V> {
    fn for_resource(self, _: &ResourceIdentifier) -> Result<ResourceAuth, ConfigError> {
        let issuers = self.0.authorization_servers();
        Ok(ResourceAuth::new(BearerAuthenticator(self.0), issuers))
    }
}

struct BearerAuthenticator<V>(V);

impl<V: TokenVerifier> Authenticator for BearerAuthenticator<V> {
    async fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<Principal>, AuthenticateError> {
        let token = bearer::token(headers)?;
        Ok(Arc::new(self.0.verify(&token).await?))
    }
}
