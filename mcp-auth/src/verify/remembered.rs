//! Tokens that were verified before.

use std::{future::Future, sync::Arc};

use aws_lc_rs::digest::{self, SHA256};
use http::HeaderMap;
use moka::sync::Cache;

use super::{AuthenticateError, Authenticator, VerifyError, bearer};
use crate::{
    clock::{Clock, Timestamp},
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
    /// By SHA-256, so that a dump of the memory holds no token.
    tokens: Cache<[u8; 32], Arc<Entry>>,
}

struct Entry {
    verified: Verified,
    token_len: u32,
}

impl<V: RememberableVerifier> RememberingAuthenticator<V> {
    pub(crate) fn new(verifier: V, clock: Arc<dyn Clock>) -> Self {
        let weigher = |_: &[u8; 32], entry: &Arc<Entry>| entry.token_len;
        Self {
            verifier,
            clock,
            tokens: Cache::builder()
                .max_capacity(CAPACITY)
                .weigher(weigher)
                .build(),
        }
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
        } = &self.tokens.get(&fingerprint(token))?.verified;
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
        self.tokens.insert(fingerprint(token), Arc::new(entry));
        Ok(principal)
    }
}

fn fingerprint(token: &[u8]) -> [u8; 32] {
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(digest::digest(&SHA256, token).as_ref());
    fingerprint
}
