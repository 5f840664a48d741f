//! With sessions: a body of an older revision is part of the one that it names.

use axum::Router;
use http::{Method, StatusCode};
use portcullis_transport::{MixedRevisions, Sessions, StreamableHttp};
use serde_json::json;

use crate::{
    fixture::{Fixture, app as without_sessions, call_modern, modern_call, named, request, send},
    sessions::{Client, call, initialized, ping, roots, text},
};

fn app(mixed: MixedRevisions) -> (Fixture, Router) {
    let fixture = Fixture::default();
    let mcp = StreamableHttp::new(fixture.clone())
        .owner(named)
        .sessions(Sessions::in_memory())
        .mixed_revisions(mixed);
    (
        fixture,
        Router::new().route_service("/mcp", mcp.into_service()),
    )
}

/// A client that has agreed on `agreed`, and names 2026-07-28 from then on.
async fn mixing(app: &Router, agreed: &'static str) -> Client {
    let mut client = Client::open_as(app, "alice", agreed).await;
    client.version = "2026-07-28";
    client
}

#[tokio::test]
async fn mcp_t11_a_session_with_headers_of_2026_07_28_is_refused_unless_the_body_counts() {
    let (fixture, app) = app(MixedRevisions::Refuse);
    let client = mixing(&app, "2025-11-25").await;
    for (message, code) in [
        (initialized(), -32020),
        (call(1, "echo"), -32602),
        (roots(&json!(1)), -32600),
    ] {
        let refused = client.post(&message).await;
        assert_eq!(
            (refused.status, refused.code()),
            (StatusCode::BAD_REQUEST, code)
        );
    }
    assert_eq!(fixture.called(), 0);
    for method in [Method::GET, Method::DELETE] {
        let refused = send(&app, client.request(method, "")).await;
        assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}

#[tokio::test]
async fn a_body_without_metadata_is_of_its_session() {
    let (_, app) = app(MixedRevisions::FollowBody);
    let client = mixing(&app, "2025-06-18").await;
    client.tell(&initialized()).await;
    // Only a session's client can be asked something.
    let mut events = client.ask(&call(1, "ask")).await;
    let question = events.message().await.unwrap();
    client.tell(&roots(&question["id"])).await;
    assert_eq!(text(&events.message().await.unwrap()), "answered");

    let mut standing = client.listen().await;
    let greeting = standing.message().await.unwrap();
    assert_eq!(greeting["method"], "notifications/tools/list_changed");
    assert_eq!(client.end().await.status, StatusCode::NO_CONTENT);
    assert_eq!(client.post(&ping(2)).await.status, StatusCode::NOT_FOUND);
}

/// Batches tell 2025-03-26 from the others.
#[tokio::test]
async fn the_revision_of_such_a_body_is_the_sessions() {
    for (agreed, status) in [
        ("2025-03-26", StatusCode::OK),
        ("2025-11-25", StatusCode::BAD_REQUEST),
    ] {
        let (_, app) = app(MixedRevisions::FollowBody);
        let client = mixing(&app, agreed).await;
        let answer = client.post(&json!([ping(1), ping(2)])).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
}

#[tokio::test]
async fn t27_a_mixture_reaches_nobody_elses_session() {
    let (fixture, app) = app(MixedRevisions::FollowBody);
    let mut client = mixing(&app, "2025-11-25").await;
    client.caller = "mallory";
    let answer = client.post(&call(1, "echo")).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    for method in [Method::GET, Method::DELETE] {
        let mut request = client.request(method, "");
        let events = "text/event-stream".parse().unwrap();
        request.headers_mut().insert("accept", events);
        assert_eq!(send(&app, request).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(fixture.called(), 0);
}

/// That revision has no sessions, whatever session the header names.
#[tokio::test]
async fn a_body_of_2026_07_28_is_of_no_session() {
    let (_, app) = app(MixedRevisions::FollowBody);
    let client = Client::open(&app).await;
    let expected = call_modern(&without_sessions(&Fixture::default()), "echo").await;
    for session in [client.session.as_deref().unwrap(), "unknown"] {
        let headers = [
            ("mcp-protocol-version", "2025-11-25"),
            ("mcp-session-id", session),
        ];
        let answer = send(&app, request(&headers, modern_call("echo"))).await;
        assert_eq!(
            (answer.status, &answer.text),
            (StatusCode::OK, &expected.text)
        );
    }
}

/// Nothing but the body says whose request it is, so sessions stay as they are for those who agree
/// with themselves.
#[tokio::test]
async fn a_client_of_2026_07_28_has_no_session_where_the_body_counts() {
    let (_, app) = app(MixedRevisions::FollowBody);
    let client = Client::open(&app).await;
    let session = client.session.as_deref().unwrap();
    let headers = [
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "echo"),
        ("mcp-session-id", session),
    ];
    let answer = send(&app, request(&headers, modern_call("echo"))).await;
    assert_eq!(answer.json()["result"]["resultType"], "complete");
}
