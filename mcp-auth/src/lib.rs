//! Who is calling? Everything that Portcullis knows about identity, and nothing about MCP.
//!
//! An axum or stock-`rmcp` application can use each piece by itself:
//!
//! | you want | use |
//! |---|---|
//! | to accept Cognito access tokens | [`Cognito`] with [`AuthLayer`] |
//! | to accept another provider's tokens | [`Oidc`], [`Issuers`] |
//! | your own credential | [`TokenVerifier`], [`Authenticator`], [`ApiKeys`] |
//! | to tell clients where to sign in | [`ProtectedResourceMetadata`], [`Challenge`] |
//!
//! Every check fails closed: a missing claim, key or setting is an error whose message says what
//! to do.

mod clock;
mod entropy;
mod error;
mod names;
mod principal;
mod scheme;
mod verify;

#[cfg(feature = "testing")]
pub use clock::ManualClock;
pub use clock::{Clock, SystemClock, Timestamp};
pub use entropy::{Entropy, EntropyError, OsEntropy};
pub use error::ConfigError;
pub use names::{
    BearerToken, ClientId, InvalidName, Issuer, ResourceIdentifier, Scope, ScopeSet, Subject,
};
pub use principal::{Principal, PrincipalKind};
pub use scheme::{AuthScheme, ResourceAuth};
pub use verify::{AuthenticateError, Authenticator, TokenVerifier, VerifyError};
