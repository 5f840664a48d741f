//! A session belongs to the caller who opened its stream.

use std::collections::HashSet;

use axum::body::Body;
use http::{Request, StatusCode};
use rstest::rstest;

use super::client::*;
use crate::fixture::{Fixture, send};

/// Weakness S-22 of the original system, and CVE-2026-33946: a stolen session id was enough.
#[rstest]
#[case::somebody_else(Some("mallory"))]
#[case::nobody(None)]
#[tokio::test]
async fn t27_s22_a_session_of_another_caller_is_not_found(#[case] thief: Option<&'static str>) {
    let fixture = Fixture::default();
    let app = app(&fixture);
    let mut alice = Client::open_as(&app, "alice").await;
    let _thief = Client::open_as(&app, "mallory").await;

    let mut request = alice.request(call(1, "echo").to_string());
    request.extensions_mut().remove::<&'static str>();
    request.extensions_mut().extend({
        let mut extensions = http::Extensions::new();
        if let Some(thief) = thief {
            extensions.insert(thief);
        }
        extensions
    });
    let stolen = send(&app, request).await;
    assert_eq!(stolen.status, StatusCode::NOT_FOUND);
    assert_eq!(fixture.called(), 0);

    // The thief cannot tell it from an id that never was.
    let mut request = alice.request(call(1, "echo").to_string());
    *request.uri_mut() = format!("{MESSAGES}?session_id={}", "A".repeat(32))
        .parse()
        .unwrap();
    let unknown = send(&app, request).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(unknown.text, stolen.text);

    assert_eq!(text(&alice.ask(&call(2, "echo")).await), r#"{"a":1}"#);
}

#[tokio::test]
async fn t27_a_session_without_an_owner_is_not_everybodys() {
    let app = app(&Fixture::default());
    let mut request = get("alice");
    request.extensions_mut().clear();
    let response = tower::ServiceExt::oneshot(app.clone(), request)
        .await
        .unwrap();
    let client = Client::read(&app, "alice", response).await;
    assert_eq!(
        client.post(&call(1, "echo")).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn s22_session_ids_cannot_be_guessed() {
    let app = app(&Fixture::default());
    let mut ids = HashSet::new();
    for _ in 0..16 {
        let client = Client::open(&app).await;
        let (_, id) = client.url.split_once("?session_id=").unwrap();
        // 32 characters of base64url: 192 bits.
        assert_eq!(id.len(), 32);
        assert!(ids.insert(id.to_owned()));
    }
}

#[rstest]
#[case::missing("", StatusCode::BAD_REQUEST)]
#[case::empty("?session_id=", StatusCode::BAD_REQUEST)]
#[case::short("?session_id=abc", StatusCode::BAD_REQUEST)]
#[case::nonsense("?session_id=%00%ff%20", StatusCode::BAD_REQUEST)]
#[case::long(
    "?session_id=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    StatusCode::BAD_REQUEST
)]
#[case::twice(
    "?session_id=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&session_id=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    StatusCode::BAD_REQUEST
)]
#[case::unknown("?session_id=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", StatusCode::NOT_FOUND)]
#[tokio::test]
async fn sse_a_message_needs_one_session_id(#[case] query: &str, #[case] status: StatusCode) {
    let request = Request::post(format!("{MESSAGES}{query}"))
        .header("content-type", "application/json")
        .body(Body::from(call(1, "echo").to_string()))
        .unwrap();
    let answer = send(&app(&Fixture::default()), request).await;
    assert_eq!(answer.status, status);
    assert_eq!(answer.code(), -32600);
}
