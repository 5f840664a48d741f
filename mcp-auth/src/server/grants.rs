//! The transitions of a grant. Each is one compare-and-set on its record.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use moka::sync::Cache;

use super::{
    fingerprint::Fingerprint,
    lifetimes::Lifetimes,
    records::{Grant, UpstreamSession},
    upstream::UpstreamClient,
    vault::{Vault, VaultError, Versioned},
};
use crate::clock::{Clock, Timestamp};

/// How often a transition that lost a race is tried on the record that won.
pub(super) const MAX_RACES: usize = 16;

/// Changes with every revocation in this process. What was verified under an older epoch is verified
/// again, so a resource server here stops honouring a revoked grant at once.
#[derive(Debug, Clone, Default)]
pub(crate) struct GrantEpoch {
    epoch: Arc<AtomicU64>,
    ended: Ended,
}

/// Grants that this process has found to be over, since when the epoch is another. They stay over, so
/// that nobody who comes back with a dead token makes everybody's be verified again.
#[derive(Debug, Clone)]
struct Ended(Cache<Box<str>, ()>);

impl Default for Ended {
    fn default() -> Self {
        Self(Cache::new(10_000))
    }
}

impl GrantEpoch {
    pub(crate) fn current(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    fn advance(&self) {
        self.epoch.fetch_add(1, Ordering::SeqCst);
    }

    /// Notes that a grant is over, whoever ended it: another replica, or a write whose answer was lost.
    fn has_ended(&self, id: &str) {
        if !self.ended.0.contains_key(id) {
            self.ended.0.insert(id.into(), ());
            self.advance();
        }
    }
}

/// Reads and changes grants.
pub(crate) struct Grants {
    pub(super) vault: Arc<Vault>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) lifetimes: Lifetimes,
    pub(super) epoch: GrantEpoch,
    /// How many grants a user may have.
    pub(super) max_per_user: usize,
}

impl Grants {
    pub(crate) async fn read(&self, id: &str) -> Result<Option<Versioned<Grant>>, VaultError> {
        let grant: Option<Versioned<Grant>> = self.vault.read(id).await?;
        if grant.as_ref().is_none_or(|grant| grant.value.is_revoked()) {
            self.epoch.has_ended(id);
        }
        Ok(grant)
    }

    pub(crate) async fn create(
        &self,
        id: &str,
        grant: &Grant,
        expires_at: Timestamp,
    ) -> Result<(), VaultError> {
        self.vault.create(id, grant, expires_at).await
    }

    /// Writes the changed grant over what was read.
    pub(crate) async fn update(
        &self,
        id: &str,
        grant: &mut Versioned<Grant>,
    ) -> Result<(), VaultError> {
        let expires_at = grant.value.expires_at(self.clock.now(), &self.lifetimes);
        grant.version = self
            .vault
            .replace(id, grant.version, &grant.value, expires_at)
            .await?;
        Ok(())
    }

    /// Ends a grant, here and then upstream, whatever happens to it meanwhile.
    pub(crate) async fn revoke(
        &self,
        id: &str,
        upstream: &UpstreamClient,
    ) -> Result<(), VaultError> {
        for _ in 0..MAX_RACES {
            let Some(mut grant) = self.read(id).await? else {
                return Ok(());
            };
            if grant.value.is_revoked() {
                return Ok(());
            }
            let session = grant.value.revoke();
            // A tombstone lives as long as the grant would have, so that its tokens stay known as old.
            let written = self
                .vault
                .replace(id, grant.version, &grant.value, grant.expires_at)
                .await;
            match written {
                Err(VaultError::Conflict) => continue,
                Err(error) => {
                    // It may have happened all the same.
                    self.epoch.advance();
                    return Err(error);
                }
                Ok(_) => self.epoch.has_ended(id),
            }
            let client = Fingerprint::of(&grant.value.client_id);
            tracing::info!(grant = id, %client, "a grant was revoked");
            if let Some(session) = session {
                upstream.revoke(&session).await;
            }
            return Ok(());
        }
        Err(VaultError::Conflict)
    }
}

impl UpstreamSession {
    /// Whether the provider must be asked before the grant is refreshed.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.due_at.is_none_or(|due_at| due_at <= now)
    }

    pub(crate) fn is_leased(&self, now: Timestamp) -> bool {
        self.leased_until.is_some_and(|until| until > now)
    }
}
