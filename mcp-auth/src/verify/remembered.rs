//! Tokens that were verified before.

use std::{future::Future, sync::Arc};

use http::HeaderMap;
use moka::sync::Cache;
use siphasher::sip128::SipHasher24;

use super::{AuthenticateError, Authenticator, VerifyError, bearer};
use crate::{
    clock::{Clock, Timestamp},
    entropy::{self, OsEntropy},
    error::ConfigError,
    names::BearerToken,
    principal::Principal,
};

/// The bytes of tokens that are remembered at a time: some 8,000 tokens of 1 KiB.
const CAPACITY: u64 = 8 * 1024 * 1024;

/// What a verification rests on.
///
/// A token is remembered under the epoch of its verification. As soon as the epoch is another, or
/// there is none, the token is verified again: so a new key set, or a revoked grant, ends what was
/// remembered before.
pub(crate) trait Basis: Send + Sync + 'static {
    /// The epoch now; must not wait.
    fn epoch(&self, now: Timestamp) -> Option<u64>;
}

/// A token that has just been verified.
pub(crate) struct Verified {
    pub(crate) principal: Arc<Principal>,
    /// `exp`: the token is not remembered beyond it.
    pub(crate) expires_at: Timestamp,
    pub(crate) basis: Arc<dyn Basis>,
    /// The epoch of `basis` *before* it was looked at, so that a change in between is not missed.
    pub(crate) epoch: u64,
}

/// Verifies tokens in a way that may be remembered.
pub(crate) trait RememberableVerifier: Send + Sync + 'static {
    fn verify(
        &self,
        token: &BearerToken,
    ) -> impl Future<Output = Result<Verified, VerifyError>> + Send;
}

/// A bearer [`Authenticator`] that verifies a token once, and then recognises it.
pub(crate) struct RememberingAuthenticator<V> {
    verifier: V,
    clock: Arc<dyn Clock>,
    tokens: Cache<TokenHash, Arc<Entry>>,
    hasher: TokenHasher,
}

/// Stands for a verified token, so that the cache holds no tokens.
type TokenHash = u128;

/// SipHash-2-4 with 128 bits of output and a random key of its own.
///
/// A token passes unverified only if its hash is that of a verified one. Without the key nobody
/// can compute one, so a forged token hits one of 8,000 by chance only: 2^-115 per try. SHA-256 would
/// cost ten times as much where the processor has no instructions for it.
struct TokenHasher {
    key: [u8; 16],
}

impl TokenHasher {
    fn new() -> Result<Self, ConfigError> {
        let key = entropy::random(&OsEntropy)
            .map_err(|error| ConfigError::new("randomness", error.to_string()))?;
        Ok(Self { key })
    }

    fn hash(&self, token: &[u8]) -> TokenHash {
        SipHasher24::new_with_key(&self.key).hash(token).as_u128()
    }
}

struct Entry {
    verified: Verified,
    token_len: u32,
}

impl<V: RememberableVerifier> RememberingAuthenticator<V> {
    /// Fails if the operating system has no random bytes for the key.
    pub(crate) fn new(verifier: V, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let weigher = |_: &TokenHash, entry: &Arc<Entry>| entry.token_len;
        Ok(Self {
            verifier,
            clock,
            tokens: Cache::builder()
                .max_capacity(CAPACITY)
                .weigher(weigher)
                .build(),
            hasher: TokenHasher::new()?,
        })
    }
}

impl<V: RememberableVerifier> Authenticator for RememberingAuthenticator<V> {
    fn recall(&self, headers: &HeaderMap) -> Option<Arc<Principal>> {
        let token = bearer::credential(headers).ok()?;
        let Verified {
            principal,
            expires_at,
            basis,
            epoch,
        } = &self.tokens.get(&self.hasher.hash(token))?.verified;
        let now = self.clock.now();
        if now >= *expires_at || basis.epoch(now) != Some(*epoch) {
            return None;
        }
        Some(principal.clone())
    }

    async fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<Principal>, AuthenticateError> {
        let token = bearer::token(headers)?;
        let verified = self.verifier.verify(&token).await?;
        let principal = verified.principal.clone();
        let token = token.expose().as_bytes();
        let entry = Entry {
            verified,
            token_len: u32::try_from(token.len()).unwrap_or(u32::MAX),
        };
        let hash = self.hasher.hash(token);
        self.tokens.insert(hash, Arc::new(entry));
        Ok(principal)
    }
}
