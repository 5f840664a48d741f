//! What `.auth(..)` takes.

mod api_keys;
mod bearer;
#[cfg(feature = "jwt")]
mod cognito;
pub mod danger;
#[cfg(feature = "jwt")]
mod issuer;
#[cfg(feature = "jwt")]
mod issuers;
#[cfg(feature = "jwt")]
mod oidc;

use std::sync::Arc;

use http::HeaderMap;

pub use self::{
    api_keys::{ApiKeys, ApiKeysOr},
    bearer::Bearer,
};
#[cfg(feature = "jwt")]
pub use self::{
    cognito::Cognito,
    issuers::{Issuers, TrustedIssuer},
    oidc::Oidc,
};

use crate::{
    error::ConfigError,
    names::{Issuer, ResourceIdentifier},
    principal::Principal,
    verify::{AuthenticateError, Authenticator, DynAuthenticator},
};

/// A way to authenticate the callers of a protected resource.
///
/// It is bound to the resource when the server is built, so an audience rule cannot be forgotten.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a way to authenticate callers",
    label = "this cannot tell who is calling",
    note = "write `.auth(Cognito::user_pool(\"us-west-2_AbC123\").client(\"1a2b3c\"))`, `.auth(Oidc::issuer(\"https://login.example.com\"))`, `.auth(oauth.verifier())`, `.auth(Bearer(my_verifier))`, or, to let everybody in, `.auth(danger::anonymous())`"
)]
pub trait AuthScheme {
    /// Binds the scheme to `resource`, or says which setting is missing.
    fn for_resource(self, resource: &ResourceIdentifier) -> Result<ResourceAuth, ConfigError>;
}

/// An [`Authenticator`] bound to one resource, with the issuers whose tokens it takes.
#[derive(Clone)]
pub struct ResourceAuth {
    pub(crate) authenticator: Option<Arc<dyn DynAuthenticator>>,
    pub(crate) authorization_servers: Vec<Issuer>,
    pub(crate) only_their_tokens: bool,
}

impl ResourceAuth {
    /// `authorization_servers` go into the resource's metadata (RFC 9728 §2); empty for credentials
    /// that no authorization server issues, such as API keys.
    pub fn new(authenticator: impl Authenticator, authorization_servers: Vec<Issuer>) -> Self {
        Self {
            authenticator: Some(Arc::new(authenticator)),
            authorization_servers,
            only_their_tokens: false,
        }
    }

    /// For schemes that take no credential but tokens of these issuers.
    #[cfg(feature = "jwt")]
    pub(crate) fn of_tokens(authenticator: impl Authenticator, issuers: Vec<Issuer>) -> Self {
        Self {
            only_their_tokens: true,
            ..Self::new(authenticator, issuers)
        }
    }

    /// The issuers for the resource's metadata.
    pub fn authorization_servers(&self) -> &[Issuer] {
        &self.authorization_servers
    }

    /// Whether no credential is taken but tokens of [these issuers](Self::authorization_servers), so that
    /// callers have the scopes that those grant. `false` where nobody knows: API keys have scopes of their
    /// own, and so may what an [`Authenticator`] of yours takes.
    pub fn takes_only_tokens(&self) -> bool {
        self.only_their_tokens
    }

    /// Whether everybody is let in: only [`danger::anonymous`](crate::danger::anonymous) makes that.
    pub fn is_anonymous(&self) -> bool {
        self.authenticator.is_none()
    }
}

/// A bound scheme is an authenticator itself, so that another scheme can hand requests on to it.
/// With [`danger::anonymous`] nobody has a credential.
impl Authenticator for ResourceAuth {
    fn recall(&self, headers: &HeaderMap) -> Option<Arc<Principal>> {
        self.authenticator.as_ref()?.recall(headers)
    }

    async fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<Principal>, AuthenticateError> {
        match &self.authenticator {
            Some(authenticator) => authenticator.authenticate(headers).await,
            None => Err(AuthenticateError::Missing),
        }
    }
}
