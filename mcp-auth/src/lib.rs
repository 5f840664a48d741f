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
//! | a user pool for tests and demos | `MockCognito` (feature `testing`) |
//!
//! Every check fails closed: a missing claim, key or setting is an error whose message says what
//! to do.

mod clock;
mod entropy;
mod error;
#[cfg(feature = "jwt")]
mod http_client;
#[cfg(feature = "jwt")]
mod jwks;
mod keys;
mod names;
mod principal;
mod scheme;
mod seal;
#[cfg(feature = "authorization-server")]
mod store;
#[cfg(feature = "testing")]
mod testing;
mod verify;

#[cfg(feature = "testing")]
pub use clock::ManualClock;
pub use clock::{Clock, SystemClock, Timestamp};
pub use entropy::{Entropy, EntropyError, OsEntropy};
pub use error::ConfigError;
pub use keys::SealingKeys;
#[cfg(feature = "authorization-server")]
pub use keys::{SigningKeys, demo_keys};
pub use names::{
    BearerToken, ClientId, InvalidName, Issuer, ResourceIdentifier, Scope, ScopeSet, Subject,
};
pub use principal::{Principal, PrincipalKind};
pub use scheme::{AuthScheme, ResourceAuth};
pub use seal::{SealError, Sealer};
#[cfg(all(feature = "authorization-server", feature = "testing"))]
pub use store::contract_suite;
#[cfg(feature = "authorization-server")]
pub use store::{
    MemoryStore, RecordKey, RecordKind, StoreError, StoredRecord, TokenStore, Version,
};
#[cfg(feature = "redb")]
pub use store::{OpenStoreError, RedbStore};
#[cfg(feature = "testing")]
pub use testing::{
    MockAppClient, MockCognito, MockCognitoBuilder, MockCognitoError, MockEndpoint, MockFault,
    MockToken, MockUser,
};
pub use verify::{AuthenticateError, Authenticator, TokenVerifier, VerifyError};
