//! T18: what a stranger can make the server store.

use std::sync::{Arc, Mutex};

use http::StatusCode;
use portcullis_auth::{
    MemoryStore, RecordKey, RecordKind, StoreError, StoredRecord, Timestamp, TokenStore, Version,
};
use serde_json::json;

use super::world::*;

/// A store that notes how large its records are.
#[derive(Clone, Default)]
pub(crate) struct Scale {
    store: Arc<MemoryStore>,
    sizes: Arc<Mutex<Vec<(RecordKind, usize)>>>,
}

impl Scale {
    fn weigh(&self, key: &RecordKey, record: &StoredRecord) {
        let size = key.id().len() + record.sealed.len();
        self.sizes.lock().unwrap().push((key.kind(), size));
    }

    fn writes(&self) -> usize {
        self.sizes.lock().unwrap().len()
    }

    pub(crate) fn largest(&self, kind: RecordKind) -> usize {
        let sizes = self.sizes.lock().unwrap();
        let of_kind = sizes.iter().filter(|(other, _)| *other == kind);
        of_kind.map(|(_, size)| *size).max().unwrap()
    }
}

impl TokenStore for Scale {
    async fn create(
        &self,
        key: &RecordKey,
        record: StoredRecord,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.weigh(key, &record);
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
        self.weigh(key, &record);
        self.store.replace(key, expected, record, now).await
    }

    async fn delete(&self, key: &RecordKey, expected: Version) -> Result<(), StoreError> {
        self.store.delete(key, expected).await
    }
}

/// The sizes that `t18_what_strangers_leave_behind_fits_the_memory_store` counts with.
#[tokio::test]
async fn t18_what_a_stranger_leaves_behind_is_small() {
    let scale = Scale::default();
    let world = World::offline_with(|builder| builder.store(scale.clone()));
    let uri = |length: usize| format!("http://127.0.0.1/{}", "x".repeat(length - 17));
    let metadata = |uris: Vec<String>| {
        json!({
            "client_name": "\u{1f980}".repeat(1000),
            "redirect_uris": uris,
            "token_endpoint_auth_method": "client_secret_post",
            "logo_uri": "y".repeat(4096),
        })
    };
    let ten = |last| [vec![uri(102); 9], vec![uri(last)]].concat();
    let most = world.register(&metadata(ten(106))).await;
    assert!(most.id.len() <= 1900, "{}", most.id.len());
    let usual = world.client().await;
    assert!(usual.id.len() <= 256, "{}", usual.id.len());
    let refused = world.post_json("/register", &metadata(ten(107))).await;
    assert_eq!(refused.error(), "invalid_redirect_uri");
    let client = world.register(&metadata(vec![uri(1024)])).await;
    assert_eq!(scale.writes(), 0, "a registration is nowhere but in its id");

    let mut browser = world.browser();
    let state = "\"".repeat(1024);
    let authorize = client.authorize(&[("state", &state)]);
    let sent_on = browser.consent(&authorize).await;
    assert_eq!(sent_on.status, StatusCode::FOUND);
    let pending = scale.largest(RecordKind::Pending);
    assert!((3072..=6 * 1024).contains(&pending), "{pending}");
}

/// Nothing of a client is kept however often it is used, so there is nothing of which one user could have many.
#[tokio::test]
async fn t18_the_clients_of_a_user_leave_nothing_but_their_grants() {
    let scale = Scale::default();
    let world = World::with(|builder| builder.store(scale.clone())).await;
    for _ in 0..3 {
        let client = world.client().await;
        let tokens = client.tokens().await;
        client.refresh(&tokens.refresh, &[]).await;
    }
    let sizes = scale.sizes.lock().unwrap();
    let kinds = [RecordKind::Pending, RecordKind::Grant, RecordKind::Consent];
    assert!(sizes.iter().all(|(kind, _)| kinds.contains(kind)));
}
