//! The public keys of issuers (RFC 7517): where they come from, and how long they are believed.

mod cache;
mod discovery;
mod key;
mod location;
mod set;

use std::sync::Arc;

#[cfg(feature = "authorization-server")]
pub(crate) use self::set::KeySet;
pub(crate) use self::{cache::JwksCache, key::VerifyingKey, location::JwksLocation};
use crate::{
    clock::Timestamp,
    verify::{VerifyError, jwt::Algorithm},
};

/// Where a verifier gets its keys.
#[derive(Clone)]
pub(crate) enum KeySource {
    /// Keys of this process: the authorization server's own.
    #[cfg(feature = "authorization-server")]
    Fixed(Arc<KeySet>),
    /// Keys that an issuer publishes.
    Remote(JwksCache),
}

impl KeySource {
    /// The key for a token, and the epoch of the set that it is from.
    pub(crate) async fn find(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<(Arc<VerifyingKey>, u64), VerifyError> {
        match self {
            #[cfg(feature = "authorization-server")]
            Self::Fixed(set) => match set.find(kid, algorithm) {
                set::Lookup::Found(key) => Ok((key, 0)),
                set::Lookup::UnknownKid => Err(VerifyError::Invalid("unknown key (kid)")),
                set::Lookup::Refused(reason) => Err(VerifyError::Invalid(reason)),
            },
            Self::Remote(cache) => cache.find(kid, algorithm).await,
        }
    }

    /// A number that changes with the keys; `None` while they are not fresh.
    pub(crate) fn epoch(&self, now: Timestamp) -> Option<u64> {
        match self {
            #[cfg(feature = "authorization-server")]
            Self::Fixed(_) => Some(0),
            Self::Remote(cache) => cache.epoch(now),
        }
    }
}
