use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use portcullis_auth::{
    MemoryStore, RecordKey, RecordKind, RedbStore, StoreError, StoredRecord, Timestamp, TokenStore,
    Version, contract_suite,
};

use crate::temp::Folder;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn key(name: &str) -> RecordKey {
    RecordKey::new(RecordKind::Grant, name)
}

fn record(id: u8, lives: u64) -> StoredRecord {
    StoredRecord {
        version: Version::from_bytes([id; 16]),
        expires_at: NOW.plus(Duration::from_secs(lives)),
        sealed: Bytes::from_static(b"sealed"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_store_keeps_the_contract() {
    contract_suite(MemoryStore::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn redb_store_keeps_the_contract() {
    let folder = Folder::new();
    contract_suite(RedbStore::open(folder.path("store.redb")).unwrap()).await;
}

#[tokio::test]
async fn t18_full_memory_store_drops_the_expired_and_never_the_valid() {
    let store = MemoryStore::with_capacity(2);
    store.create(&key("a"), record(1, 10), NOW).await.unwrap();
    store.create(&key("b"), record(2, 100), NOW).await.unwrap();
    let full = store.create(&key("c"), record(3, 100), NOW).await;
    assert!(matches!(full, Err(StoreError::Full)));
    let later = NOW.plus(Duration::from_secs(10));
    store
        .create(&key("c"), record(3, 100), later)
        .await
        .unwrap();
    assert!(store.read(&key("b"), later).await.unwrap().is_some());
}

#[tokio::test]
async fn t18_full_is_also_a_matter_of_bytes() {
    let large = StoredRecord {
        sealed: vec![0; 100 * 1024 * 1024].into(),
        ..record(1, 10)
    };
    let store = MemoryStore::new();
    let create = async |name| store.create(&key(name), large.clone(), NOW).await;
    let is_full = async || matches!(create("one more").await, Err(StoreError::Full));
    create("a").await.unwrap();
    create("b").await.unwrap();
    assert!(is_full().await);

    // Whatever becomes of a record, its room comes back.
    store.delete(&key("a"), large.version).await.unwrap();
    create("c").await.unwrap();
    assert!(is_full().await);
    let (b, small) = (key("b"), record(2, 10));
    let replaced = store.replace(&b, large.version, small, NOW).await;
    replaced.unwrap();
    create("d").await.unwrap();
    assert!(is_full().await);
    let later = NOW.plus(Duration::from_secs(10));
    let next = StoredRecord {
        expires_at: later.plus(Duration::from_secs(10)),
        ..large.clone()
    };
    for name in ["e", "f"] {
        store.create(&key(name), next.clone(), later).await.unwrap();
    }
}

#[tokio::test]
async fn t18_what_strangers_make_takes_no_room_from_grants() {
    let store = MemoryStore::with_capacity(1);
    let kinds = [RecordKind::Pending, RecordKind::Consent];
    for kind in kinds {
        let key = |name: &str| RecordKey::new(kind, name);
        store.create(&key("a"), record(1, 100), NOW).await.unwrap();
        let full = store.create(&key("b"), record(2, 100), NOW).await;
        assert!(matches!(full, Err(StoreError::Full)));
    }
    store.create(&key("a"), record(3, 100), NOW).await.unwrap();
}

#[tokio::test]
async fn redb_store_remembers_across_processes_and_refuses_a_second_owner() {
    let folder = Folder::new();
    let path = folder.path("store.redb");
    let store = RedbStore::open(&path).unwrap();
    store.create(&key("a"), record(1, 100), NOW).await.unwrap();

    let error = RedbStore::open(&path).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("in use by another process"), "{text}");

    let copy = folder.path("copy.redb");
    // What a process that is killed now would leave behind.
    std::fs::copy(&path, &copy).unwrap();
    let reopened = RedbStore::open(&copy).unwrap();
    assert_eq!(
        reopened.read(&key("a"), NOW).await.unwrap(),
        Some(record(1, 100))
    );
}

#[tokio::test]
async fn redb_store_is_closed_with_its_last_clone() {
    let folder = Folder::new();
    let path = folder.path("store.redb");
    for id in 0..5 {
        let store = RedbStore::open(&path).unwrap();
        let clone = store.clone();
        drop(store);
        let key = key(&format!("{id}"));
        clone.create(&key, record(id, 100), NOW).await.unwrap();
        drop(clone);
    }
    let store = RedbStore::open(&path).unwrap();
    assert!(store.read(&key("0"), NOW).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn redb_store_keeps_every_acknowledged_write_of_many_writers() {
    let folder = Folder::new();
    let path = folder.path("store.redb");
    let store = RedbStore::open(&path).unwrap();
    let writers = (0..200u8).map(|id| {
        let store = store.clone();
        tokio::spawn(async move {
            let key = key(&format!("{id}"));
            store.create(&key, record(id, 100), NOW).await
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap().unwrap();
    }
    let copy = folder.path("copy.redb");
    std::fs::copy(&path, &copy).unwrap();
    let after = RedbStore::open(&copy).unwrap();
    for id in 0..200u8 {
        let key = key(&format!("{id}"));
        assert_eq!(after.read(&key, NOW).await.unwrap(), Some(record(id, 100)));
    }
}

const CHILD: &str = "PORTCULLIS_TEST_CHILD_STORE";

#[tokio::test]
#[ignore = "the child of redb_store_survives_kill_9, which starts it"]
async fn child_writes_until_it_is_killed() {
    let Ok(path) = std::env::var(CHILD) else {
        return;
    };
    let store = RedbStore::open(path).unwrap();
    for id in 0..u32::MAX {
        let key = key(&format!("{id}"));
        store.create(&key, record(1, 100), NOW).await.unwrap();
        println!("written {id}");
    }
}

#[tokio::test]
async fn redb_store_survives_kill_9() {
    use std::io::{BufRead as _, BufReader};
    let folder = Folder::new();
    let path = folder.path("store.redb");
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "stores::child_writes_until_it_is_killed"])
        .args(["--ignored", "--nocapture"])
        .env(CHILD, &path)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut written = Vec::new();
    for line in lines {
        let line = line.unwrap();
        let Some((_, id)) = line.split_once("written ") else {
            continue;
        };
        written.push(id.to_owned());
        if written.len() == 50 {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(written.len() >= 50);
    let store = RedbStore::open(&path).unwrap();
    // The last line may have been cut by the kill.
    for id in &written[..50] {
        let found = store.read(&key(id), NOW).await.unwrap();
        assert!(found.is_some(), "{id} was acknowledged");
    }
}

#[tokio::test]
async fn redb_store_sweeps_what_has_expired() {
    let folder = Folder::new();
    let path = folder.path("store.redb");
    let store = RedbStore::open(&path).unwrap();
    for id in 0..50 {
        let key = key(&format!("old-{id}"));
        store.create(&key, record(id, 10), NOW).await.unwrap();
    }
    store
        .create(&key("new"), record(99, 1000), NOW)
        .await
        .unwrap();
    let later = NOW.plus(Duration::from_secs(120));
    store
        .create(&key("last"), record(100, 1000), later)
        .await
        .unwrap();
    // Looked at from before their expiry, swept records are gone, not only hidden.
    assert_eq!(store.read(&key("old-0"), NOW).await.unwrap(), None);
    assert!(store.read(&key("new"), NOW).await.unwrap().is_some());
}

/// More has expired than one sweep deletes: the next commit goes on, and does not wait for a minute.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t18_redb_store_deletes_faster_than_strangers_write() {
    let folder = Folder::new();
    let path = folder.path("store.redb");
    let store = RedbStore::open(&path).unwrap();
    let create = |name: String, lives, now| {
        let store = store.clone();
        async move { store.create(&key(&name), record(1, lives), now).await }
    };
    let flood = (0..5_000).map(|n| create(format!("old-{n:05}"), 10, NOW));
    for created in join_all(flood).await {
        created.unwrap();
    }
    let later = NOW.plus(Duration::from_secs(120));
    for n in 0..2 {
        let name = format!("new-{n}");
        create(name, 1000, later).await.unwrap();
    }
    let last = store.read(&key("old-04999"), NOW).await.unwrap();
    assert_eq!(last, None, "gone, not only hidden");
}

#[tokio::test]
async fn redb_store_says_what_is_wrong_with_a_file() {
    let folder = Folder::new();
    let path = folder.path("store.redb");
    std::fs::write(&path, "this is not a database, but somebody's text file").unwrap();
    let error = RedbStore::open(&path).unwrap_err().to_string();
    assert!(error.contains("store.redb"), "{error}");
    assert!(RedbStore::open(folder.path("missing/store.redb")).is_err());
}
