//! The vault of the authorization server: four operations, each on one record.

#[cfg(feature = "testing")]
mod contract;
mod memory;
mod record;
#[cfg(feature = "redb")]
mod redb_store;

use std::{error::Error, future::Future, pin::Pin};

#[cfg(feature = "testing")]
pub use contract::contract_suite;
pub use memory::MemoryStore;
pub use record::{RecordKey, RecordKind, StoredRecord, Version};
#[cfg(feature = "redb")]
pub use redb_store::{OpenStoreError, RedbStore};

use crate::clock::Timestamp;

/// Where the authorization server keeps its records.
#[doc = include_str!("contract.md")]
pub trait TokenStore: Send + Sync + 'static {
    /// Stores a record unless an unexpired one is there under this key.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when one is there, unless it has the same version: then the write
    /// is a repetition of itself, and has succeeded.
    fn create(
        &self,
        key: &RecordKey,
        record: StoredRecord,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The record under this key; `None` when there is none or it has expired.
    fn read(
        &self,
        key: &RecordKey,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<StoredRecord>, StoreError>> + Send;

    /// Replaces the record if its version is `expected` and it has not expired.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] otherwise, unless the stored version is already `record`'s.
    fn replace(
        &self,
        key: &RecordKey,
        expected: Version,
        record: StoredRecord,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Deletes the record if its version is `expected`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another version is there, or none.
    fn delete(
        &self,
        key: &RecordKey,
        expected: Version,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The condition of the write did not hold: somebody else was first. Nothing was changed.
    #[error("the record was changed by somebody else")]
    Conflict,
    /// The store holds as many records of this kind as it may. Nothing was changed.
    #[error("the store is full")]
    Full,
    /// The store cannot be reached or failed; whether a write happened is not known.
    #[error("the store is unavailable: {0}")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// [`TokenStore`] behind a pointer, so that the server is not generic over it.
pub(crate) trait DynTokenStore: Send + Sync {
    fn create<'a>(
        &'a self,
        key: &'a RecordKey,
        record: StoredRecord,
        now: Timestamp,
    ) -> StoreFuture<'a, ()>;
    fn read<'a>(
        &'a self,
        key: &'a RecordKey,
        now: Timestamp,
    ) -> StoreFuture<'a, Option<StoredRecord>>;
    fn replace<'a>(
        &'a self,
        key: &'a RecordKey,
        expected: Version,
        record: StoredRecord,
        now: Timestamp,
    ) -> StoreFuture<'a, ()>;
    fn delete<'a>(&'a self, key: &'a RecordKey, expected: Version) -> StoreFuture<'a, ()>;
}

impl<S: TokenStore> DynTokenStore for S {
    fn create<'a>(
        &'a self,
        key: &'a RecordKey,
        record: StoredRecord,
        now: Timestamp,
    ) -> StoreFuture<'a, ()> {
        Box::pin(TokenStore::create(self, key, record, now))
    }

    fn read<'a>(
        &'a self,
        key: &'a RecordKey,
        now: Timestamp,
    ) -> StoreFuture<'a, Option<StoredRecord>> {
        Box::pin(TokenStore::read(self, key, now))
    }

    fn replace<'a>(
        &'a self,
        key: &'a RecordKey,
        expected: Version,
        record: StoredRecord,
        now: Timestamp,
    ) -> StoreFuture<'a, ()> {
        Box::pin(TokenStore::replace(self, key, expected, record, now))
    }

    fn delete<'a>(&'a self, key: &'a RecordKey, expected: Version) -> StoreFuture<'a, ()> {
        Box::pin(TokenStore::delete(self, key, expected))
    }
}
