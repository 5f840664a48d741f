//! A replica that is killed.

use std::time::Duration;

use axum::Router;
use futures_util::{StreamExt, stream::FuturesUnordered};
use http::{Method, StatusCode, uri::Authority};
use http_body_util::BodyExt;
use portcullis_transport::{
    Shutdown,
    replica::{Directory, Replica, ReplicaName, SharedDirectory},
};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    time::Instant,
};
use tower::ServiceExt;
use tower_layer::Layer;

use super::world::*;
use crate::sessions::{call, ping, text};

#[tokio::test]
async fn a_killed_replica_loses_its_own_sessions_and_no_other() {
    let directory = SharedDirectory::default();
    let mut a = Process::start("a", &directory).await;
    let b = Process::start("b", &directory).await;
    let balanced = Balanced::new(&[&a, &b]);
    let lost = balanced.open().await;
    let kept = balanced.open().await;
    let only_b = Balanced::new(&[&b]);
    // Through b, both: one is passed on to a.
    let listen = |session: &str| only_b.send(request(Method::GET, session, ""));
    let of_lost = listen(&lost).await;
    let of_kept = listen(&kept).await;

    a.kill();
    let ended = of_lost.into_body().collect().await;
    assert!(ended.is_err() || ended.is_ok_and(|body| body.to_bytes().starts_with(b"id: 0-0")));
    for _ in 0..2 {
        let gone = only_b.post(&lost, &ping(1)).await;
        assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    }
    let answer = json(only_b.post(&kept, &call(1, "echo")).await).await;
    assert_eq!(text(&answer), r#"{"a":1}"#);
    drop(of_kept);

    // Clients that initialize again are served.
    let again = only_b.open().await;
    assert_eq!(only_b.post(&again, &ping(1)).await.status(), StatusCode::OK);
}

/// One that computes for minutes is waited for; one that is stuck is not, for ever.
#[tokio::test]
async fn t29_a_replica_that_does_not_answer_is_given_up() {
    let directory = SharedDirectory::default();
    let stuck = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = stuck.local_addr().unwrap().to_string().parse().unwrap();
    let owner = ReplicaName::new("owner").unwrap();
    directory.register(&owner, &address).await.unwrap();
    let replica = Replica::new(ReplicaName::new("front").unwrap(), directory);
    let front = replica.layer(["/mcp"]).layer(Router::new());

    let answer = tokio::spawn(front.oneshot(request(Method::POST, "owner.AAAA", "")));
    let (_connection, _) = stuck.accept().await.unwrap();
    tokio::time::pause();
    let before = Instant::now();
    let answer = answer.await.unwrap().unwrap();
    assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
    assert!(before.elapsed() > Duration::from_secs(14 * 60));
}

/// Only where nobody is there is the session lost; this side may lack a route, or file descriptors.
#[tokio::test]
async fn a_session_has_not_ended_because_its_replica_cannot_be_reached_from_here() {
    let directory = SharedDirectory::default();
    let owner = ReplicaName::new("owner").unwrap();
    let replica = Replica::new(ReplicaName::new("front").unwrap(), directory.clone());
    let front = replica.layer(["/mcp"]).layer(Router::new());
    for (address, status) in [
        ("127.0.0.1:1", StatusCode::NOT_FOUND),
        // TCP has no way there.
        ("255.255.255.255:1", StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let address: Authority = address.parse().unwrap();
        directory.register(&owner, &address).await.unwrap();
        let request = request(Method::POST, "owner.AAAA", "");
        let answer = front.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status, "{address}");
    }
}

/// The kernel takes a few connections for it, then none: it may be busy, and live.
#[tokio::test]
async fn a_session_has_not_ended_because_its_replica_is_slow_to_accept() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let busy = socket.listen(1).unwrap();
    let address = busy.local_addr().unwrap();
    let waiting: FuturesUnordered<_> = (0..16).map(|_| TcpStream::connect(address)).collect();
    let mut waiting = waiting.ready_chunks(16);
    let _accepted_by_the_kernel = waiting.next().await.unwrap();

    let directory = SharedDirectory::default();
    let owner = ReplicaName::new("owner").unwrap();
    let address = address.to_string().parse().unwrap();
    directory.register(&owner, &address).await.unwrap();
    let replica = Replica::new(ReplicaName::new("front").unwrap(), directory);
    let front = replica.layer(["/mcp"]).layer(Router::new());
    tokio::time::pause();
    let answer = front.oneshot(request(Method::POST, "owner.AAAA", ""));
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers()["retry-after"], "10");
}

/// It need not wait for its grace: the session is elsewhere, and the client goes on where it stopped.
#[tokio::test]
async fn a_stream_that_is_passed_on_ends_when_the_replica_shuts_down_that_passes_it_on() {
    let directory = SharedDirectory::default();
    let a = Process::start("a", &directory).await;
    let session = Balanced::new(&[&a]).open().await;
    let replica = Replica::new(ReplicaName::new("front").unwrap(), directory);
    let front = replica.layer(["/mcp"]).layer(Router::new());
    let shutdown = Shutdown::manual();
    let mut listen = request(Method::GET, &session, "");
    listen.extensions_mut().insert(shutdown.clone());
    let mut events = Messages::of(front.oneshot(listen).await.unwrap()).0;
    assert!(events.next().await.is_some());

    shutdown.trigger();
    while events.next().await.is_some() {}
}
