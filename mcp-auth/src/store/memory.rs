use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{RecordKey, RecordKind, StoreError, StoredRecord, TokenStore, Version};
use crate::clock::Timestamp;

/// A [`TokenStore`] in memory, for tests and for one process whose users may sign in again after a
/// restart.
///
/// It holds a bounded number of records of each kind, so that registrations and unfinished sign-ins,
/// which any stranger can make, take no room from grants. Where a kind is full, expired records are
/// dropped first, then new ones refused with [`StoreError::Full`]: somebody's valid grant is never
/// dropped.
pub struct MemoryStore {
    records: Mutex<HashMap<RecordKind, Records>>,
    capacity: usize,
}

type Records = HashMap<RecordKey, StoredRecord>;

impl MemoryStore {
    /// Room for 100,000 records of each kind. A record has some 1 KiB, a client with many long redirect
    /// URIs up to 16 KiB.
    pub fn new() -> Self {
        Self::with_capacity(100_000)
    }

    /// Room for `capacity` records of each kind.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            records: Mutex::default(),
            capacity,
        }
    }

    fn records(&self) -> MutexGuard<'_, HashMap<RecordKind, Records>> {
        // Every change under the lock is one insert or remove, so a panic leaves nothing half done.
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

impl TokenStore for MemoryStore {
    async fn create(
        &self,
        key: &RecordKey,
        record: StoredRecord,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut kinds = self.records();
        let records = kinds.entry(key.kind()).or_default();
        match records.get(key) {
            Some(stored) if stored.version == record.version => return Ok(()),
            Some(stored) if !stored.is_expired(now) => return Err(StoreError::Conflict),
            _ => {}
        }
        if records.len() >= self.capacity {
            records.retain(|_, stored| !stored.is_expired(now));
        }
        if records.len() >= self.capacity {
            return Err(StoreError::Full);
        }
        records.insert(key.clone(), record);
        Ok(())
    }

    async fn read(
        &self,
        key: &RecordKey,
        now: Timestamp,
    ) -> Result<Option<StoredRecord>, StoreError> {
        let kinds = self.records();
        let stored = kinds.get(&key.kind()).and_then(|records| records.get(key));
        let stored = stored.cloned();
        Ok(stored.filter(|stored| !stored.is_expired(now)))
    }

    async fn replace(
        &self,
        key: &RecordKey,
        expected: Version,
        record: StoredRecord,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut kinds = self.records();
        let records = kinds.entry(key.kind()).or_default();
        let stored = records.get_mut(key).ok_or(StoreError::Conflict)?;
        if stored.version == record.version {
            return Ok(());
        }
        if stored.version != expected || stored.is_expired(now) {
            return Err(StoreError::Conflict);
        }
        *stored = record;
        Ok(())
    }

    async fn delete(&self, key: &RecordKey, expected: Version) -> Result<(), StoreError> {
        let mut kinds = self.records();
        match kinds.entry(key.kind()).or_default().entry(key.clone()) {
            Entry::Occupied(stored) if stored.get().version == expected => {
                stored.remove();
                Ok(())
            }
            _ => Err(StoreError::Conflict),
        }
    }
}
