use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{RecordKey, StoreError, StoredRecord, TokenStore, Version};
use crate::clock::Timestamp;

/// A [`TokenStore`] in memory, for tests and for one process whose users may sign in again after a
/// restart.
///
/// It holds a bounded number of records. When it is full it first drops the expired ones, then
/// refuses new ones with [`StoreError::Full`]: somebody's valid grant is never dropped.
pub struct MemoryStore {
    records: Mutex<HashMap<RecordKey, StoredRecord>>,
    capacity: usize,
}

impl MemoryStore {
    /// Room for 100,000 records: some 100 MB when all of them are large.
    pub fn new() -> Self {
        Self::with_capacity(100_000)
    }

    /// Room for `capacity` records.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            records: Mutex::default(),
            capacity,
        }
    }

    fn records(&self) -> MutexGuard<'_, HashMap<RecordKey, StoredRecord>> {
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
        let mut records = self.records();
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
        let stored = self.records().get(key).cloned();
        Ok(stored.filter(|stored| !stored.is_expired(now)))
    }

    async fn replace(
        &self,
        key: &RecordKey,
        expected: Version,
        record: StoredRecord,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut records = self.records();
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
        match self.records().entry(key.clone()) {
            Entry::Occupied(stored) if stored.get().version == expected => {
                stored.remove();
                Ok(())
            }
            _ => Err(StoreError::Conflict),
        }
    }
}
