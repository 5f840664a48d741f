//! A directory that loses its memory, as a server without a disk does when it restarts.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body};
use futures_util::{
    FutureExt,
    future::{BoxFuture, ready},
};
use http::{Method, StatusCode, uri::Authority};
use portcullis_transport::replica::{
    Directory, DirectoryError, Located, Replica, ReplicaName, ReplicaService, SharedDirectory,
};
use tokio::{task::yield_now, time::sleep};
use tower::ServiceExt;
use tower_layer::Layer;

use super::world::*;
use crate::sessions::ping;

#[derive(Clone, Default)]
struct Lossy {
    known: Arc<Mutex<HashMap<ReplicaName, Authority>>>,
    is_down: Arc<AtomicBool>,
    /// How often it was asked.
    asked: Arc<AtomicUsize>,
}

impl Lossy {
    fn lose_all(&self) {
        self.known.lock().unwrap().clear();
    }

    fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    fn knows(&self, replica: &str) -> bool {
        let known = self.known.lock().unwrap();
        known.keys().any(|name| name.as_str() == replica)
    }

    fn when_up<T>(&self, answer: T) -> Result<T, DirectoryError> {
        if self.is_down.load(Ordering::SeqCst) {
            return Err(DirectoryError::new("down"));
        }
        Ok(answer)
    }
}

impl Directory for Lossy {
    fn register<'a>(
        &'a self,
        replica: &'a ReplicaName,
        address: &'a Authority,
    ) -> BoxFuture<'a, Result<(), DirectoryError>> {
        let registered = self.when_up(()).map(|()| {
            let mut known = self.known.lock().unwrap();
            known.insert(replica.clone(), address.clone());
        });
        ready(registered).boxed()
    }

    fn locate<'a>(&'a self, replica: &'a ReplicaName) -> BoxFuture<'a, Located> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let address = self.known.lock().unwrap().get(replica).cloned();
        ready(self.when_up(address)).boxed()
    }
}

/// A replica that has no session of its own.
fn front(directory: &Lossy) -> (Replica, ReplicaService<Router>) {
    let replica = Replica::new(ReplicaName::new("front").unwrap(), directory.clone());
    let app = Router::new().fallback(async || StatusCode::NOT_FOUND);
    let front = replica.layer(["/mcp"]).layer(app);
    (replica, front)
}

fn nowhere() -> Authority {
    "127.0.0.1:1".parse().unwrap()
}

async fn status(front: &ReplicaService<Router>, session: &str) -> StatusCode {
    let request = request(Method::POST, session, Body::from(ping(1).to_string()));
    front.clone().oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn a_session_outlives_the_memory_of_the_directory() {
    let owner = Process::start("owner", &SharedDirectory::default()).await;
    let session = Balanced::new(&[&owner]).open().await;
    let directory = Lossy::default();
    let name = ReplicaName::new("owner").unwrap();
    directory.register(&name, &owner.address).await.unwrap();
    let (replica, front) = front(&directory);
    let _membership = replica.join(nowhere()).await.unwrap();
    assert_eq!(status(&front, &session).await, StatusCode::OK);

    directory.lose_all();
    assert_eq!(status(&front, &session).await, StatusCode::OK);
    directory.set_down(true);
    assert_eq!(status(&front, &session).await, StatusCode::OK);
}

/// Its owner may be about to register again. Until then the client keeps its session, and tries later.
#[tokio::test(start_paused = true)]
async fn a_replica_that_is_missing_is_dead_only_in_a_complete_directory() {
    let directory = Lossy::default();
    let (replica, front) = front(&directory);
    let _membership = replica.join(nowhere()).await.unwrap();
    assert_eq!(status(&front, "owner.AAAA").await, StatusCode::NOT_FOUND);
    // That it is none is remembered for so long.
    sleep(Duration::from_secs(1)).await;

    directory.lose_all();
    let unknown = StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(status(&front, "owner.AAAA").await, unknown);
    // Who notices registers again at once. The others have not noticed yet.
    for _ in 0..10 {
        yield_now().await;
    }
    assert!(directory.knows("front"));
    assert_eq!(status(&front, "owner.AAAA").await, unknown);
    sleep(Duration::from_secs(10)).await;
    assert_eq!(status(&front, "owner.AAAA").await, unknown);
    sleep(Duration::from_secs(4)).await;
    assert_eq!(status(&front, "owner.AAAA").await, StatusCode::NOT_FOUND);
}

/// As above, where nobody has asked in between.
#[tokio::test(start_paused = true)]
async fn a_replica_notices_by_itself_that_it_was_forgotten() {
    let directory = Lossy::default();
    let (replica, front) = front(&directory);
    let _membership = replica.join(nowhere()).await.unwrap();
    directory.lose_all();
    sleep(Duration::from_secs(11)).await;
    assert!(directory.knows("front"));
    let unknown = StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(status(&front, "owner.AAAA").await, unknown);
}

#[tokio::test(start_paused = true)]
async fn a_registration_that_fails_is_tried_again_within_a_second() {
    let directory = Lossy::default();
    let (replica, _) = front(&directory);
    let _membership = replica.join(nowhere()).await.unwrap();
    directory.lose_all();
    directory.set_down(true);
    sleep(Duration::from_secs(15)).await;
    directory.set_down(false);
    assert!(!directory.knows("front"));
    sleep(Duration::from_secs(1)).await;
    assert!(directory.knows("front"));
}

/// Nobody needs a credential to ask for a session of a replica that is none.
#[tokio::test(start_paused = true)]
async fn t29_a_name_that_is_none_is_looked_up_once_a_second() {
    let directory = Lossy::default();
    let (_, front) = front(&directory);
    for second in 1..=3 {
        for _ in 0..10 {
            assert_eq!(status(&front, "nobody.AAAA").await, StatusCode::NOT_FOUND);
        }
        assert_eq!(directory.asked.load(Ordering::SeqCst), second);
        sleep(Duration::from_secs(1)).await;
    }
    // Who comes into being is found as soon as that is over.
    let name = ReplicaName::new("nobody").unwrap();
    directory.register(&name, &nowhere()).await.unwrap();
    assert_eq!(status(&front, "nobody.AAAA").await, StatusCode::NOT_FOUND);
    assert_eq!(directory.asked.load(Ordering::SeqCst), 4);
}
