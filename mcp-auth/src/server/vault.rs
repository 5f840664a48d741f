//! Typed records in a [`TokenStore`](crate::TokenStore): serialised, then sealed for their kind, key,
//! version and expiry.

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::{
    clock::{Clock, Timestamp},
    entropy::{Entropy, EntropyError, random},
    seal::{SealError, Sealer},
    store::{DynTokenStore, RecordKey, RecordKind, StoreError, StoredRecord, Version},
};

/// A value that the vault keeps.
pub(crate) trait Record: Serialize + DeserializeOwned {
    /// Part of the key and of the seal.
    const KIND: RecordKind;
    /// The layout of the value, part of the seal: a record of another layout does not open.
    const LAYOUT: &str;
}

/// A record and the version that a change of it must name.
pub(crate) struct Versioned<T> {
    pub(crate) value: T,
    pub(crate) version: Version,
    pub(crate) expires_at: Timestamp,
}

/// Why the vault did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VaultError {
    /// Somebody else was first; read again.
    #[error("the record was changed by somebody else")]
    Conflict,
    #[error("{0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

pub(crate) struct Vault {
    store: Box<dyn DynTokenStore>,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Vault {
    pub(crate) fn new(
        store: Box<dyn DynTokenStore>,
        sealer: Sealer,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            store,
            sealer,
            clock,
            entropy,
        }
    }

    pub(crate) async fn create<T: Record>(
        &self,
        id: &str,
        value: &T,
        expires_at: Timestamp,
    ) -> Result<(), VaultError> {
        let key = RecordKey::new(T::KIND, id);
        let record = self.seal(&key, value, expires_at)?;
        let created = self.store.create(&key, record, self.clock.now());
        Ok(created.await?)
    }

    /// The record; `None` when there is none, it has expired, or it was sealed with a key that is no
    /// longer configured.
    pub(crate) async fn read<T: Record>(
        &self,
        id: &str,
    ) -> Result<Option<Versioned<T>>, VaultError> {
        let key = RecordKey::new(T::KIND, id);
        let Some(record) = self.store.read(&key, self.clock.now()).await? else {
            return Ok(None);
        };
        let opened = self.open(&key, &record);
        if opened.is_none() {
            tracing::warn!(
                kind = T::KIND.as_str(),
                "a record does not open and is ignored"
            );
        }
        Ok(opened.map(|value| Versioned {
            value,
            version: record.version,
            expires_at: record.expires_at,
        }))
    }

    /// Replaces what was read as `version`; says the new version.
    pub(crate) async fn replace<T: Record>(
        &self,
        id: &str,
        version: Version,
        value: &T,
        expires_at: Timestamp,
    ) -> Result<Version, VaultError> {
        let key = RecordKey::new(T::KIND, id);
        let record = self.seal(&key, value, expires_at)?;
        let new = record.version;
        let now = self.clock.now();
        self.store.replace(&key, version, record, now).await?;
        Ok(new)
    }

    pub(crate) async fn delete<T: Record>(
        &self,
        id: &str,
        version: Version,
    ) -> Result<(), VaultError> {
        let key = RecordKey::new(T::KIND, id);
        Ok(self.store.delete(&key, version).await?)
    }

    fn seal<T: Record>(
        &self,
        key: &RecordKey,
        value: &T,
        expires_at: Timestamp,
    ) -> Result<StoredRecord, VaultError> {
        let json = serde_json::to_vec(value)
            .map(Zeroizing::new)
            .map_err(|error| VaultError::Unavailable(error.into()))?;
        let version = Version::from_bytes(random(&*self.entropy)?);
        let sealed = with_context(key, version, expires_at, |context| {
            self.sealer.seal(T::LAYOUT, context, &json)
        });
        Ok(StoredRecord {
            version,
            expires_at,
            sealed: sealed?.into(),
        })
    }

    fn open<T: Record>(&self, key: &RecordKey, record: &StoredRecord) -> Option<T> {
        let json = with_context(key, record.version, record.expires_at, |context| {
            self.sealer.open(T::LAYOUT, context, &record.sealed)
        });
        serde_json::from_slice(&json.ok()?).ok()
    }
}

/// What a record is sealed for: its place, and what the store keeps in the open beside it. So nobody who
/// can write to the store moves a record, or makes it live longer.
fn with_context<R>(
    key: &RecordKey,
    version: Version,
    expires_at: Timestamp,
    with: impl FnOnce(&[&[u8]]) -> R,
) -> R {
    with(&[
        key.kind().as_str().as_bytes(),
        key.id().as_bytes(),
        &version.to_bytes(),
        &expires_at.as_secs().to_be_bytes(),
    ])
}

impl From<StoreError> for VaultError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict,
            error => Self::Unavailable(error.into()),
        }
    }
}

impl From<SealError> for VaultError {
    fn from(error: SealError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<EntropyError> for VaultError {
    fn from(error: EntropyError) -> Self {
        Self::Unavailable(error.into())
    }
}
