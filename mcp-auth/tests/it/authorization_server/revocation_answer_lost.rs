//! T21: a grant whose revocation was written, but not acknowledged.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use axum::Router;
use http::StatusCode;
use portcullis_auth::{
    MemoryStore, RecordKey, RecordKind, StoreError, StoredRecord, Timestamp, TokenStore, Version,
};

use super::{
    verifier::{door, knock},
    world::*,
};

const WORKS: u8 = 0;
const LOSES_THE_ANSWER: u8 = 1;
const WRITES_LATER: u8 = 2;

/// A store whose next write of a grant is done, but says that it was not.
#[derive(Clone, Default)]
struct Lossy {
    store: Arc<MemoryStore>,
    next: Arc<AtomicU8>,
    late: Arc<std::sync::Mutex<Option<(RecordKey, Version, StoredRecord)>>>,
}

impl Lossy {
    /// The write that was on its way arrives.
    async fn arrive(&self, now: Timestamp) {
        let write = self.late.lock().unwrap().take();
        let (key, expected, record) = write.unwrap();
        let written = self.store.replace(&key, expected, record, now).await;
        written.unwrap();
    }
}

impl TokenStore for Lossy {
    async fn create(
        &self,
        key: &RecordKey,
        record: StoredRecord,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.store.create(key, record, now).await
    }

    async fn read(
        &self,
        key: &RecordKey,
        now: Timestamp,
    ) -> Result<Option<StoredRecord>, StoreError> {
        self.store.read(key, now).await
    }

    async fn replace(
        &self,
        key: &RecordKey,
        expected: Version,
        record: StoredRecord,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let next = match key.kind() {
            RecordKind::Grant => self.next.swap(WORKS, Ordering::SeqCst),
            _ => WORKS,
        };
        match next {
            LOSES_THE_ANSWER => self.store.replace(key, expected, record, now).await?,
            WRITES_LATER => {
                *self.late.lock().unwrap() = Some((key.clone(), expected, record));
            }
            _ => return self.store.replace(key, expected, record, now).await,
        }
        Err(StoreError::Unavailable("timed out".into()))
    }

    async fn delete(&self, key: &RecordKey, expected: Version) -> Result<(), StoreError> {
        self.store.delete(key, expected).await
    }
}

/// Somebody is signed in, and the token is remembered; then the revocation's answer is lost.
async fn revoke(next: u8) -> (World, Lossy, Client, Router, Tokens) {
    let store = Lossy::default();
    let world = World::with(|builder| builder.store(store.clone())).await;
    let door = door(&world, RESOURCE);
    let client = world.client().await;
    let tokens = client.tokens().await;
    assert_eq!(knock(&door, &tokens.access).await, StatusCode::OK);
    store.next.store(next, Ordering::SeqCst);
    let answer = client.revoke(&tokens.refresh).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    (world, store, client, door, tokens)
}

#[tokio::test]
async fn t21_a_revocation_whose_answer_was_lost_stops_the_token_at_once() {
    let (_world, _store, _client, door, tokens) = revoke(LOSES_THE_ANSWER).await;
    assert_eq!(knock(&door, &tokens.access).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn t21_a_grant_that_is_found_revoked_stops_its_token() {
    for ask_again in ["revoke", "refresh"] {
        let (world, store, client, door, tokens) = revoke(WRITES_LATER).await;
        assert_eq!(knock(&door, &tokens.access).await, StatusCode::OK);
        store.arrive(Timestamp::from_secs(NOW)).await;
        match ask_again {
            "revoke" => {
                let again = client.revoke(&tokens.refresh).await;
                assert_eq!(again.status, StatusCode::OK);
            }
            _ => {
                let again = client.refresh(&tokens.refresh, &[]).await;
                assert_eq!(again.error(), "invalid_grant");
            }
        }
        let after = knock(&door, &tokens.access).await;
        assert_eq!(after, StatusCode::UNAUTHORIZED, "{ask_again}");
        drop(world);
    }
}
