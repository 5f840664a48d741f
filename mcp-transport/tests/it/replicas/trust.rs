//! What outsiders can do with ids and headers that only replicas should send.

use std::future::pending;

use axum::{Router, routing::any};
use futures_util::{FutureExt, future::BoxFuture};
use http::{HeaderValue, Method, StatusCode, uri::Authority};
use portcullis_transport::{
    Guard, MixedRevisions, Shutdown,
    replica::{Directory, DirectoryError, Located, Replica, ReplicaName, SharedDirectory},
    serve,
};
use rstest::rstest;
use tokio::net::TcpListener;
use tower::ServiceExt;
use tower_layer::Layer;

use super::world::*;
use crate::sessions::ping;

#[tokio::test]
async fn t27_the_owner_checks_what_is_passed_on() {
    let directory = SharedDirectory::default();
    let (a, b) = (
        Process::start("a", &directory).await,
        Process::start("b", &directory).await,
    );
    let session = Balanced::new(&[&a]).open().await;
    let mut stolen = request(Method::POST, &session, ping(1).to_string());
    let mallory = HeaderValue::from_static("mallory");
    stolen.headers_mut().insert("x-user", mallory);
    let answer = Balanced::new(&[&b]).send(stolen).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

/// A target that names one host and a `Host` that names another are refused as they would be by the
/// replica that got them.
#[tokio::test]
async fn t26_the_owner_sees_both_names_of_a_host() {
    let directory = SharedDirectory::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let owner = ReplicaName::new("owner").unwrap();
    directory
        .register(&owner, &address.parse().unwrap())
        .await
        .unwrap();
    let guard = Guard::new(&"http://good.example".parse().unwrap());
    let app = Router::new()
        .route("/mcp", any(async || "reached"))
        .layer(guard.build().unwrap());
    tokio::spawn(serve(listener, app, Shutdown::manual()));

    let replica = Replica::new(ReplicaName::new("front").unwrap(), directory);
    let front = replica.layer(["/mcp"]).layer(Router::new());
    for (target, status) in [
        ("http://good.example/mcp", StatusCode::OK),
        ("http://evil.example/mcp", StatusCode::BAD_REQUEST),
    ] {
        let mut request = request(Method::POST, "owner.AAAA", "");
        *request.uri_mut() = target.parse().unwrap();
        let host = HeaderValue::from_static("good.example");
        request.headers_mut().insert("host", host);
        let answer = front.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status, "{target}");
    }
}

/// Whatever else is on the origin, a token endpoint for example, is none of another replica's business.
#[tokio::test]
async fn t27_only_requests_of_sessions_are_passed_on() {
    let directory = SharedDirectory::default();
    let owner = ReplicaName::new("owner").unwrap();
    let nowhere = "127.0.0.1:1".parse().unwrap();
    directory.register(&owner, &nowhere).await.unwrap();
    let replica = Replica::new(ReplicaName::new("front").unwrap(), directory);
    let app = Router::new().fallback(async || "served here");
    let front = replica.layer(["/mcp", "/messages/"]).layer(app);
    for (target, status) in [
        ("/token", StatusCode::OK),
        ("/token?session_id=owner.AAAA", StatusCode::OK),
        ("/mcp/", StatusCode::OK),
        ("/mcp", StatusCode::NOT_FOUND),
        ("/messages/?session_id=owner.AAAA", StatusCode::NOT_FOUND),
    ] {
        let mut request = request(Method::POST, "owner.AAAA", "");
        *request.uri_mut() = target.parse().unwrap();
        let answer = front.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status, "{target}");
    }
}

/// That revision has no sessions, so any replica can answer.
#[tokio::test]
async fn the_session_of_a_request_of_2026_07_28_is_none() {
    let directory = SharedDirectory::default();
    let replica = Replica::new(ReplicaName::new("front").unwrap(), directory.clone());
    let owner = ReplicaName::new("owner").unwrap();
    let nowhere = "127.0.0.1:1".parse().unwrap();
    directory.register(&owner, &nowhere).await.unwrap();
    let app = Router::new().fallback(async || "served here");
    let layer = replica.layer(["/mcp", "/messages/"]);
    let front = layer.clone().layer(app.clone());
    for (target, version, status) in [
        ("/mcp", "2026-07-28", StatusCode::OK),
        ("/mcp", "2025-11-25", StatusCode::NOT_FOUND),
        ("/mcp", "2099-01-01", StatusCode::NOT_FOUND),
        // Here the session is named by the URL, which the server gave.
        (
            "/messages/?session_id=owner.AAAA",
            "2026-07-28",
            StatusCode::NOT_FOUND,
        ),
    ] {
        let mut request = request(Method::POST, "owner.AAAA", "");
        *request.uri_mut() = target.parse().unwrap();
        let version = HeaderValue::from_static(version);
        request
            .headers_mut()
            .insert("mcp-protocol-version", version);
        let answer = front.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status, "{target}");
    }

    // Where the body counts, the header does not say that it has none.
    let front = layer.mixed_revisions(MixedRevisions::FollowBody).layer(app);
    let mut request = request(Method::POST, "owner.AAAA", "");
    let version = HeaderValue::from_static("2026-07-28");
    request
        .headers_mut()
        .insert("mcp-protocol-version", version);
    let answer = front.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_forges_the_mark_of_a_hop_is_served_where_they_are() {
    let directory = SharedDirectory::default();
    let (a, b) = (
        Process::start("a", &directory).await,
        Process::start("b", &directory).await,
    );
    let session = Balanced::new(&[&a]).open().await;
    let mut marked = request(Method::POST, &session, ping(1).to_string());
    let mark = HeaderValue::from_static("1");
    marked.headers_mut().insert("portcullis-forwarded", mark);
    let answer = Balanced::new(&[&b]).send(marked).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_directory_that_lies_makes_no_loop() {
    let directory = SharedDirectory::default();
    let (a, b) = (
        Process::start("a", &directory).await,
        Process::start("b", &directory).await,
    );
    let nobody = ReplicaName::new("nobody").unwrap();
    directory.register(&nobody, &a.address).await.unwrap();
    let session = Balanced::new(&[&b]).open().await.replace("b.", "nobody.");
    let answer = Balanced::new(&[&b]).post(&session, &ping(1)).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[rstest]
#[case::unknown("nobody.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
#[case::address("127.0.0.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
#[case::empty(".AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
#[case::long("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
#[case::unnamed("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
#[tokio::test]
async fn a_session_of_nobody_is_404(#[case] session: &str) {
    let directory = SharedDirectory::default();
    let a = Process::start("a", &directory).await;
    let answer = Balanced::new(&[&a]).post(session, &ping(1)).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

/// A directory that cannot be reached and does not say so.
struct Silent;

impl Directory for Silent {
    fn register<'a>(
        &'a self,
        _: &'a ReplicaName,
        _: &'a Authority,
    ) -> BoxFuture<'a, Result<(), DirectoryError>> {
        pending().boxed()
    }

    fn locate<'a>(&'a self, _: &'a ReplicaName) -> BoxFuture<'a, Located> {
        pending().boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn t29_nobody_waits_for_a_directory_that_says_nothing() {
    let replica = Replica::new(ReplicaName::new("front").unwrap(), Silent);
    let front = replica.layer(["/mcp"]).layer(Router::new());
    let answer = front.oneshot(request(Method::POST, "owner.AAAA", ""));
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers()["retry-after"], "10");
}
