//! What every [`TokenStore`] must do, as one suite.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test suite: it panics at the clause that a store breaks"
)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;

use super::{RecordKey, RecordKind, StoreError, StoredRecord, TokenStore, Version};
use crate::clock::Timestamp;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const RACERS: usize = 64;

/// Runs the store contract; panics at the first clause that `store` breaks.
///
/// The store must be empty. Call it inside a multi-threaded tokio runtime, so that the races are
/// real:
///
/// ```
/// # use portcullis_auth::{MemoryStore, contract_suite};
/// # tokio::runtime::Builder::new_multi_thread().build()?.block_on(async {
/// contract_suite(MemoryStore::new()).await;
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn contract_suite(store: impl TokenStore) {
    let suite = Suite {
        store: Arc::new(store),
        counter: AtomicU64::new(0),
    };
    suite.create_read_replace_delete().await;
    suite.conflicts_change_nothing().await;
    suite.expired_is_absent().await;
    suite.repeated_write_is_one_write().await;
    suite.kinds_are_apart().await;
    suite.create_race().await;
    suite.replace_race().await;
    suite.large_and_odd_values().await;
}

struct Suite<S> {
    store: Arc<S>,
    counter: AtomicU64,
}

impl<S: TokenStore> Suite<S> {
    fn key(&self, name: &str) -> RecordKey {
        RecordKey::new(RecordKind::Grant, name)
    }

    fn record(&self, value: &str) -> StoredRecord {
        self.record_until(value, NOW.plus(Duration::from_secs(60)))
    }

    fn record_until(&self, value: &str, expires_at: Timestamp) -> StoredRecord {
        let count = self.counter.fetch_add(1, Ordering::Relaxed);
        StoredRecord {
            version: Version::from_bytes(u128::from(count).to_be_bytes()),
            expires_at,
            sealed: Bytes::copy_from_slice(value.as_bytes()),
        }
    }

    async fn create(&self, key: &RecordKey, value: &str) -> StoredRecord {
        let record = self.record(value);
        let created = self.store.create(key, record.clone(), NOW).await;
        created.expect("create under a free key succeeds");
        record
    }

    async fn read(&self, key: &RecordKey) -> Option<StoredRecord> {
        self.store.read(key, NOW).await.expect("read succeeds")
    }

    async fn create_read_replace_delete(&self) {
        let key = self.key("cycle");
        assert_eq!(self.read(&key).await, None, "nothing is there at first");
        let first = self.create(&key, "first").await;
        assert_eq!(self.read(&key).await.as_ref(), Some(&first));
        let second = self.record("second");
        let replaced = self.store.replace(&key, first.version, second.clone(), NOW);
        replaced
            .await
            .expect("replace of the current version succeeds");
        assert_eq!(self.read(&key).await.as_ref(), Some(&second));
        let deleted = self.store.delete(&key, second.version).await;
        deleted.expect("delete of the current version succeeds");
        assert_eq!(self.read(&key).await, None, "deleted is absent");
        self.create(&key, "again").await;
    }

    async fn conflicts_change_nothing(&self) {
        let key = self.key("conflict");
        let absent = self.record("x");
        let result = self
            .store
            .replace(&key, absent.version, absent.clone(), NOW);
        conflict(result.await, "replace of nothing");
        conflict(
            self.store.delete(&key, absent.version).await,
            "delete of nothing",
        );

        let first = self.create(&key, "first").await;
        let second = self.record("second");
        let replaced = self.store.replace(&key, first.version, second.clone(), NOW);
        replaced.await.expect("replace succeeds");

        let other = self.record("other");
        conflict(
            self.store.create(&key, other.clone(), NOW).await,
            "create over a record",
        );
        let stale = self.store.replace(&key, first.version, other, NOW);
        conflict(stale.await, "replace of an old version");
        conflict(
            self.store.delete(&key, first.version).await,
            "delete of an old version",
        );
        assert_eq!(
            self.read(&key).await,
            Some(second),
            "conflicts changed nothing"
        );
    }

    async fn expired_is_absent(&self) {
        let key = self.key("expiry");
        let end = NOW.plus(Duration::from_secs(10));
        let record = self.record_until("short", end);
        let created = self.store.create(&key, record.clone(), NOW).await;
        created.expect("create succeeds");
        let before = Timestamp::from_secs(end.as_secs() - 1);
        let read = self.store.read(&key, before).await.expect("read succeeds");
        assert!(read.is_some(), "present until the last second");
        let read = self.store.read(&key, end).await.expect("read succeeds");
        assert!(read.is_none(), "absent from the second of its expiry on");
        let next = self.record_until("next", end.plus(Duration::from_secs(10)));
        let replaced = self.store.replace(&key, record.version, next.clone(), end);
        conflict(replaced.await, "replace of an expired record");
        let created = self.store.create(&key, next.clone(), end).await;
        created.expect("create over an expired record succeeds");
        let read = self.store.read(&key, end).await.expect("read succeeds");
        assert_eq!(read, Some(next));
    }

    async fn repeated_write_is_one_write(&self) {
        let key = self.key("repeat");
        let first = self.create(&key, "first").await;
        let again = self.store.create(&key, first.clone(), NOW).await;
        again.expect("a repeated create has succeeded");
        let second = self.record("second");
        for _ in 0..2 {
            let replaced = self.store.replace(&key, first.version, second.clone(), NOW);
            replaced.await.expect("a repeated replace has succeeded");
        }
        assert_eq!(self.read(&key).await, Some(second));
    }

    async fn kinds_are_apart(&self) {
        let record = self.create(&self.key("same"), "grant").await;
        for kind in [RecordKind::Pending, RecordKind::Consent] {
            let other = RecordKey::new(kind, "same");
            assert_eq!(self.read(&other).await, None, "{other} is another record");
        }
        assert_eq!(self.read(&self.key("same")).await, Some(record));
    }

    async fn create_race(&self) {
        let key = self.key("create-race");
        let racers = (0..RACERS).map(|n| {
            let (store, key) = (self.store.clone(), key.clone());
            let record = self.record(&n.to_string());
            tokio::spawn(async move { store.create(&key, record, NOW).await })
        });
        one_winner(racers.collect()).await;
    }

    async fn replace_race(&self) {
        let key = self.key("replace-race");
        let first = self.create(&key, "first").await;
        let racers = (0..RACERS).map(|n| {
            let (store, key, expected) = (self.store.clone(), key.clone(), first.version);
            let record = self.record(&n.to_string());
            tokio::spawn(async move { store.replace(&key, expected, record, NOW).await })
        });
        one_winner(racers.collect()).await;
    }

    async fn large_and_odd_values(&self) {
        let key = self.key("large");
        let large = self.create(&key, &"x".repeat(64 * 1024)).await;
        assert_eq!(self.read(&key).await, Some(large));
        let key = self.key("empty");
        let empty = self.create(&key, "").await;
        assert_eq!(self.read(&key).await, Some(empty));
        let key = RecordKey::new(RecordKind::Consent, "https://client.example/a?b=c#d/e%20f");
        let odd = self.create(&key, "odd").await;
        assert_eq!(self.read(&key).await, Some(odd));
    }
}

type Racer = tokio::task::JoinHandle<Result<(), StoreError>>;

async fn one_winner(racers: Vec<Racer>) {
    let mut winners = 0;
    for racer in racers {
        match racer.await.expect("no writer panics") {
            Ok(()) => winners += 1,
            Err(StoreError::Conflict) => {}
            Err(error) => panic!("a racing write failed: {error}"),
        }
    }
    assert_eq!(winners, 1, "exactly one racing write succeeds");
}

fn conflict(result: Result<(), StoreError>, what: &str) {
    assert!(
        matches!(result, Err(StoreError::Conflict)),
        "{what} must conflict: {result:?}"
    );
}
