//! Random keys for machines.

mod authenticator;
mod document;

use std::collections::HashMap;

use self::authenticator::{ApiKeyAuthenticator, ApiKeyOrAuthenticator};
use super::{AuthScheme, ResourceAuth};
use crate::{
    error::ConfigError,
    names::{ResourceIdentifier, ScopeSet},
};

/// Accepts random API keys, sent as `Authorization: Bearer <id>.<secret>`.
///
/// The server knows only the SHA-256 of each key. That is enough, and a password hash would be a way
/// to keep the server busy: the secret must be random and have at least 43 characters (256 bits in
/// base64url). This makes one:
///
/// ```text
/// KEY="ci.$(openssl rand -hex 32)"; echo "$KEY"; printf %s "$KEY" | sha256sum
/// ```
///
/// # Document
///
/// One entry per key, separated by commas or line ends: `<id>:<sha256 of the key, in hex>`, then
/// optionally `:` and the key's scopes, separated by spaces. The id has 1 to 32 of `A-Z a-z 0-9 - _`.
///
/// ```
/// use portcullis_auth::ApiKeys;
///
/// let keys = ApiKeys::parse(
///     "ci:5df8d9a0d4a4ea6c3f0b1c8a9f7e6d5c4b3a29181716151413121110f0e0d0c0:weather/read
///      cron:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
/// )?;
/// # Ok::<(), portcullis_auth::ConfigError>(())
/// ```
///
/// The caller is a [`Machine`](crate::PrincipalKind::Machine) whose subject is the key's id and whose
/// issuer is the resource itself.
#[derive(Clone)]
pub struct ApiKeys(HashMap<Box<str>, ApiKey>);

/// What is known of a key.
#[derive(Clone)]
struct ApiKey {
    sha256: [u8; 32],
    scopes: ScopeSet,
}

/// [`ApiKeys`] beside another scheme; made by [`ApiKeys::or`].
#[derive(Debug, Clone)]
pub struct ApiKeysOr<S> {
    keys: ApiKeys,
    other: S,
}

impl ApiKeys {
    /// Reads the document from an environment variable.
    ///
    /// # Errors
    /// It is not set, empty or malformed; the message names it and never shows its value.
    pub fn from_env(name: &str) -> Result<Self, ConfigError> {
        Self::from_lookup(name, |name| std::env::var(name).ok())
    }

    /// As [`from_env`](Self::from_env), with the environment as a function.
    pub fn from_lookup(
        name: &str,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let document = lookup(name).filter(|document| !document.is_empty());
        let document = document.ok_or_else(|| {
            ConfigError::new(
                name,
                "is not set; write `<id>:<sha256 of the key>[:<scopes>],…`",
            )
        })?;
        document::parse(name, &document)
    }

    /// Parses a document.
    pub fn parse(document: &str) -> Result<Self, ConfigError> {
        document::parse("ApiKeys::parse", document)
    }

    /// From pairs of an id and the rest of its entry: `<sha256>[:<scopes>]`. Here, scopes may have
    /// commas.
    pub fn from_pairs<I: AsRef<str>, E: AsRef<str>>(
        pairs: impl IntoIterator<Item = (I, E)>,
    ) -> Result<Self, ConfigError> {
        document::from_pairs("ApiKeys::from_pairs", pairs)
    }

    /// Accepts the credentials of `other` too. A credential that starts with the id of a key is a
    /// key and is never shown to `other`.
    #[must_use]
    pub fn or<S: AuthScheme>(self, other: S) -> ApiKeysOr<S> {
        ApiKeysOr { keys: self, other }
    }
}

impl AuthScheme for ApiKeys {
    fn for_resource(self, resource: &ResourceIdentifier) -> Result<ResourceAuth, ConfigError> {
        let authenticator = ApiKeyAuthenticator::new(self, resource)?;
        Ok(ResourceAuth::new(authenticator, Vec::new()))
    }
}

impl<S: AuthScheme> AuthScheme for ApiKeysOr<S> {
    fn for_resource(self, resource: &ResourceIdentifier) -> Result<ResourceAuth, ConfigError> {
        let keys = ApiKeyAuthenticator::new(self.keys, resource)?;
        let other = self.other.for_resource(resource)?;
        let Some(authenticator) = other.authenticator else {
            return Err(ConfigError::new(
                "ApiKeys::or",
                "the other scheme lets everybody in, so keys would decide nothing; drop one",
            ));
        };
        Ok(ResourceAuth::new(
            ApiKeyOrAuthenticator::new(keys, authenticator),
            other.authorization_servers,
        ))
    }
}

impl std::fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
