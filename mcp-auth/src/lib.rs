#![doc = include_str!("../README.md")]

mod challenge;
mod clock;
mod entropy;
mod error;
#[cfg(feature = "jwt")]
mod http_client;
#[cfg(feature = "jwt")]
mod jwks;
mod keys;
mod layer;
mod log_limit;
mod metadata;
mod names;
mod principal;
mod scheme;
mod seal;
#[cfg(feature = "authorization-server")]
mod server;
#[cfg(feature = "authorization-server")]
mod store;
#[cfg(feature = "testing")]
mod testing;
#[cfg(feature = "jwt")]
mod user_pool;
mod verify;

pub use challenge::Challenge;
#[cfg(feature = "testing")]
pub use clock::ManualClock;
pub use clock::{Clock, SystemClock, Timestamp};
pub use entropy::{Entropy, EntropyError, OsEntropy};
pub use error::ConfigError;
pub use keys::SealingKeys;
#[cfg(feature = "authorization-server")]
pub use keys::{SigningKeys, demo_keys};
pub use layer::{AuthLayer, AuthService, ResponseFuture};
/// For the other crates of the SDK.
#[doc(hidden)]
pub use log_limit::LogLimit;
pub use metadata::ProtectedResourceMetadata;
pub use names::{
    BearerToken, ClientId, InvalidName, Issuer, ResourceIdentifier, Scope, ScopeSet, Subject,
};
pub use principal::{Principal, PrincipalKind};
pub use scheme::{ApiKeys, ApiKeysOr, AuthScheme, Bearer, ResourceAuth, danger};
#[cfg(feature = "jwt")]
pub use scheme::{Cognito, Issuers, Oidc, TrustedIssuer};
pub use seal::{SealError, Sealer};
#[cfg(feature = "authorization-server")]
pub use server::{
    AuthorizationServer, AuthorizationServerBuilder, GrantVerifier, Lifetimes, PreregisteredClient,
    RefreshTokenReuse, Upstream,
};
#[cfg(all(feature = "authorization-server", feature = "testing"))]
pub use server::{MintError, MintedBearer};
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
#[cfg(feature = "jwt")]
pub use user_pool::CognitoIssuerType;
pub use verify::{AuthenticateError, Authenticator, TokenVerifier, VerifyError};
