//! What a crash leaves.

use std::time::Duration;

use http::StatusCode;
use portcullis_auth::{
    MemoryStore, RecordKey, RecordKind, RedbStore, SealingKeys, SigningKeys, StoreError,
    StoredRecord, Timestamp, TokenStore, Version,
};

use super::world::*;
use crate::temp::Folder;

struct Disk {
    folder: Folder,
    signing: SigningKeys,
    sealing: SealingKeys,
}

impl Disk {
    fn new() -> Self {
        let (signing, sealing) = keys();
        Self {
            folder: Folder::new(),
            signing,
            sealing,
        }
    }

    /// The file as it is after every write that was acknowledged: what `kill -9` leaves.
    fn crash(&self, from: &str, to: &str) {
        std::fs::copy(self.folder.path(from), self.folder.path(to)).unwrap();
    }

    /// A server with a file of its own.
    async fn first(&self, file: &str) -> World {
        let store = RedbStore::open(self.folder.path(file)).unwrap();
        World::with(|builder| {
            builder
                .store(store)
                .keys(self.signing.clone(), self.sealing.clone())
        })
        .await
    }

    /// A server that finds the file of another.
    fn server(&self, before: &World, file: &str) -> World {
        let store = RedbStore::open(self.folder.path(file)).unwrap();
        World::around(before.mock().clone(), before.clock.clone(), |builder| {
            builder
                .store(store)
                .keys(self.signing.clone(), self.sealing.clone())
        })
    }
}

#[tokio::test]
async fn a_crash_between_code_and_token_loses_nothing_and_honours_nothing_twice() {
    let disk = Disk::new();
    let world = disk.first("a.redb").await;
    let mut client = world.client().await;
    let code = client.code().await;

    disk.crash("a.redb", "b.redb");
    client.world = disk.server(&world, "b.redb");
    let tokens = client.redeem(&code, &[]).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);

    disk.crash("b.redb", "c.redb");
    client.world = disk.server(&world, "c.redb");
    assert_eq!(client.redeem(&code, &[]).await.error(), "invalid_grant");
    let refresh = client.refresh(&tokens.text("refresh_token"), &[]).await;
    assert_eq!(
        refresh.error(),
        "invalid_grant",
        "the replay has revoked it"
    );
}

#[tokio::test]
async fn a_restart_keeps_clients_signed_in() {
    let disk = Disk::new();
    let world = disk.first("a.redb").await;
    let mut client = world.client().await;
    let tokens = client.tokens().await;
    disk.crash("a.redb", "b.redb");
    client.world = disk.server(&world, "b.redb");
    let refreshed = client.refresh(&tokens.refresh, &[]).await;
    assert_eq!(refreshed.status, StatusCode::OK, "{}", refreshed.body);
}

#[tokio::test]
async fn the_file_holds_no_secret_in_clear() {
    let disk = Disk::new();
    let world = disk.first("a.redb").await;
    let client = world.client().await;
    let tokens = client.tokens().await;
    client.refresh(&tokens.refresh, &[]).await;
    let file = std::fs::read(disk.folder.path("a.redb")).unwrap();
    let holds = |needle: &str| {
        file.windows(needle.len())
            .any(|part| part == needle.as_bytes())
    };
    assert!(holds("grant#"), "this is the file");
    let secrets = world.secrets.lock().unwrap().clone();
    for secret in secrets
        .iter()
        .map(String::as_str)
        .chain([USER, REDIRECT, "app-secret"])
    {
        assert!(!holds(secret), "{secret}");
    }
}

/// A store whose owner lets records live longer than they should.
struct Generous(MemoryStore);

impl Generous {
    fn stretch(mut record: StoredRecord) -> StoredRecord {
        record.expires_at = record.expires_at.plus(Duration::from_secs(24 * 60 * 60));
        record
    }
}

impl TokenStore for Generous {
    async fn create(
        &self,
        key: &RecordKey,
        record: StoredRecord,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let record = match key.kind() {
            RecordKind::Grant => Self::stretch(record),
            _ => record,
        };
        self.0.create(key, record, now).await
    }

    async fn read(
        &self,
        key: &RecordKey,
        now: Timestamp,
    ) -> Result<Option<StoredRecord>, StoreError> {
        self.0.read(key, now).await
    }

    async fn replace(
        &self,
        key: &RecordKey,
        expected: Version,
        record: StoredRecord,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.0.replace(key, expected, record, now).await
    }

    async fn delete(&self, key: &RecordKey, expected: Version) -> Result<(), StoreError> {
        self.0.delete(key, expected).await
    }
}

#[tokio::test]
async fn t17_a_code_does_not_live_longer_because_the_store_says_so() {
    let world = World::with(|builder| builder.store(Generous(MemoryStore::new()))).await;
    let client = world.client().await;
    let code = client.code().await;
    world.clock.advance(Duration::from_secs(61));
    assert_eq!(client.redeem(&code, &[]).await.error(), "invalid_grant");
}
