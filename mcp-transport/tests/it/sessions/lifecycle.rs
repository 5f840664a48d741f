//! Sessions open, are named, and end.

use axum::body::Body;
use http::{Method, StatusCode};
use rstest::rstest;
use serde_json::json;
use tower::ServiceExt;

use super::client::*;
use crate::fixture::{Fixture, call_modern, legacy_call, post, send};

#[tokio::test]
async fn mcp_t44_a_session_id_is_random_and_visible_ascii() {
    let app = app(&Fixture::default());
    let first = Client::open(&app).await.session.unwrap();
    let second = Client::open(&app).await.session.unwrap();
    assert_ne!(first, second);
    // base64url of 192 bits.
    assert_eq!(first.len(), 32);
    assert!(first.bytes().all(|byte| (0x21..=0x7e).contains(&byte)));
}

#[tokio::test]
async fn mcp_t44_a_refused_handshake_leaves_no_session() {
    let app = app(&Fixture::default());
    let mut broken = initialize("2025-11-25");
    broken["params"] = json!({});
    let answer = post(&app, &[], broken.to_string()).await;
    assert_eq!(answer.code(), -32602);
    assert!(!answer.headers.contains_key("mcp-session-id"));
}

#[tokio::test]
async fn mcp_t45_a_stream_without_a_session_id_is_400() {
    let app = app(&Fixture::default());
    let mut client = Client::open(&app).await;
    client.session = None;
    for method in [Method::GET, Method::DELETE] {
        let answer = send(&app, client.request(method, Body::empty())).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
}

#[rstest]
#[case::unknown("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
#[case::short("AAAA")]
#[case::nonsense("../../etc/passwd")]
#[tokio::test]
async fn mcp_t45_an_unknown_session_is_404(#[case] session: &str) {
    let app = app(&Fixture::default());
    let mut client = Client::open(&app).await;
    client.session = Some(session.to_owned());
    assert_eq!(client.post(&ping(1)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(client.end().await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn mcp_t45_two_session_ids_are_400() {
    let app = app(&Fixture::default());
    let client = Client::open(&app).await;
    let other = Client::open(&app).await;
    let mut request = client.request(Method::POST, ping(1).to_string());
    let second = other.session.unwrap().parse().unwrap();
    request.headers_mut().append("mcp-session-id", second);
    assert_eq!(send(&app, request).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn mcp_t46_delete_ends_the_session_and_its_streams() {
    let client = Client::open(&app(&Fixture::default())).await;
    let stream = client.listen().await;
    assert_eq!(client.end().await.status, StatusCode::NO_CONTENT);
    assert_eq!(stream.rest().await, Vec::<serde_json::Value>::new());
    assert_eq!(client.post(&ping(1)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(client.end().await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn mcp_t46_delete_cancels_what_runs() {
    let fixture = Fixture::default();
    let client = Client::open(&app(&fixture)).await;
    let request = client.request(Method::POST, call(1, "wait").to_string());
    let running = tokio::spawn({
        let app = client.app.clone();
        async move { send(&app, request).await }
    });
    fixture.started.notified().await;
    client.end().await;
    fixture.cancelled.notified().await;
    assert_eq!(running.await.unwrap().code(), -32600);
}

#[rstest]
#[tokio::test]
async fn mcp_t47_an_unknown_header_is_400_by_every_method(
    #[values(Method::GET, Method::POST, Method::DELETE)] method: Method,
) {
    let client = Client::open(&app(&Fixture::default())).await;
    let mut request = client.request(method, ping(1).to_string());
    let unknown = "1999-01-01".parse().unwrap();
    request
        .headers_mut()
        .insert("mcp-protocol-version", unknown);
    // Not read to its end: that of a stream would not come.
    let response = client.app.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    // And the session is still there.
    assert_eq!(client.post(&ping(1)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn mcp_t47_a_session_knows_its_revision() {
    let client = Client::open_as(&app(&Fixture::default()), "alice", "2025-06-18").await;
    let batch = json!([ping(1)]).to_string();
    let mut request = client.request(Method::POST, batch);
    // Without a session, the missing header would mean 2025-03-26, which has batches.
    request.headers_mut().remove("mcp-protocol-version");
    let answer = send(&client.app, request).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::BAD_REQUEST, -32600)
    );

    let mut request = client.request(Method::POST, ping(1).to_string());
    let unknown = "1999-01-01".parse().unwrap();
    request
        .headers_mut()
        .insert("mcp-protocol-version", unknown);
    assert_eq!(
        send(&client.app, request).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_session_is_initialized_once() {
    let client = Client::open(&app(&Fixture::default())).await;
    let answer = client.post(&initialize("2025-11-25")).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::BAD_REQUEST, -32600)
    );
}

#[tokio::test]
async fn requests_that_name_no_session_are_served_without_one() {
    let app = app(&Fixture::default());
    let answer = post(&app, &[], legacy_call("echo")).await;
    assert_eq!(text(&answer.json()), r#"{"a":1}"#);
    let answer = call_modern(&app, "echo").await;
    assert_eq!(text(&answer.json()), r#"{"a":1}"#);
}

#[tokio::test]
async fn mcp_t35_a_modern_client_has_no_session() {
    let app = app(&Fixture::default());
    let client = Client {
        version: "2026-07-28",
        ..Client::open(&app).await
    };
    for method in [Method::GET, Method::DELETE] {
        let answer = send(&app, client.request(method, Body::empty())).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.headers["allow"], "POST");
    }
}

#[tokio::test]
async fn other_methods_are_405() {
    let client = Client::open(&app(&Fixture::default())).await;
    let answer = send(&client.app, client.request(Method::PUT, Body::empty())).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers["allow"], "GET, POST, DELETE");
}
