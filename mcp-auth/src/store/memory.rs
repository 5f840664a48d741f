use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{RecordKey, RecordKind, StoreError, StoredRecord, TokenStore, Version};
use crate::clock::Timestamp;

/// A [`TokenStore`] in memory, for tests and for one process whose users may sign in again after a
/// restart.
///
/// It takes a record more of a kind only below a number and 256 MiB of them, so that
/// unfinished sign-ins, which any stranger can make, take no room from grants. Where a kind is full,
/// expired records are dropped first, then new ones refused with [`StoreError::Full`]: somebody's valid
/// grant is never dropped.
pub struct MemoryStore {
    records: Mutex<HashMap<RecordKind, Records>>,
    capacity: usize,
}

/// The records of one kind, and what they weigh.
#[derive(Default)]
struct Records {
    by_key: HashMap<RecordKey, StoredRecord>,
    bytes: usize,
}

impl Records {
    /// The most that the records of one kind weigh together.
    const MAX_BYTES: usize = 256 * 1024 * 1024;

    fn has_room_for(&self, key: &RecordKey, record: &StoredRecord, capacity: usize) -> bool {
        self.by_key.len() < capacity && self.bytes + weight(key, record) <= Self::MAX_BYTES
    }

    fn insert(&mut self, key: &RecordKey, record: StoredRecord) {
        self.bytes += weight(key, &record);
        if let Some(old) = self.by_key.insert(key.clone(), record) {
            self.bytes -= weight(key, &old);
        }
    }

    fn remove(&mut self, key: &RecordKey) {
        if let Some(old) = self.by_key.remove(key) {
            self.bytes -= weight(key, &old);
        }
    }

    fn drop_expired(&mut self, now: Timestamp) {
        self.by_key.retain(|_, stored| !stored.is_expired(now));
        let weights = self.by_key.iter().map(|(key, record)| weight(key, record));
        self.bytes = weights.sum();
    }
}

/// The bytes of a record and its key, and about what the table takes for them.
fn weight(key: &RecordKey, record: &StoredRecord) -> usize {
    const ENTRY: usize = 128;
    ENTRY + key.id().len() + record.sealed.len()
}

impl MemoryStore {
    /// Room for 100,000 records of each kind. A record has some 1 KiB.
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
        // No change under the lock can panic half done.
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
        match records.by_key.get(key) {
            Some(stored) if stored.version == record.version => return Ok(()),
            Some(stored) if !stored.is_expired(now) => return Err(StoreError::Conflict),
            _ => records.remove(key),
        }
        if !records.has_room_for(key, &record, self.capacity) {
            records.drop_expired(now);
        }
        if !records.has_room_for(key, &record, self.capacity) {
            return Err(StoreError::Full);
        }
        records.insert(key, record);
        Ok(())
    }

    async fn read(
        &self,
        key: &RecordKey,
        now: Timestamp,
    ) -> Result<Option<StoredRecord>, StoreError> {
        let kinds = self.records();
        let stored = kinds
            .get(&key.kind())
            .and_then(|records| records.by_key.get(key));
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
        let stored = records.by_key.get(key).ok_or(StoreError::Conflict)?;
        if stored.version == record.version {
            return Ok(());
        }
        if stored.version != expected || stored.is_expired(now) {
            return Err(StoreError::Conflict);
        }
        records.insert(key, record);
        Ok(())
    }

    async fn delete(&self, key: &RecordKey, expected: Version) -> Result<(), StoreError> {
        let mut kinds = self.records();
        let records = kinds.entry(key.kind()).or_default();
        match records.by_key.get(key) {
            Some(stored) if stored.version == expected => {
                records.remove(key);
                Ok(())
            }
            _ => Err(StoreError::Conflict),
        }
    }
}
