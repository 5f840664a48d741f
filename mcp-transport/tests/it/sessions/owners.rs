//! A session is its owner's, and nobody learns that somebody else has one.

use axum::body::Body;
use http::{Method, StatusCode};

use super::client::*;
use crate::fixture::{Fixture, send};

#[tokio::test]
async fn t27_a_stolen_session_id_is_unknown() {
    let fixture = Fixture::default();
    let app = app(&fixture);
    let alice = Client::open(&app).await;
    let thief = Client {
        caller: "mallory",
        ..alice.clone()
    };
    let mut unknown = thief.clone();
    unknown.session = Some("A".repeat(32));

    for (method, body) in [
        (Method::POST, call(1, "echo").to_string()),
        (Method::GET, String::new()),
        (Method::DELETE, String::new()),
    ] {
        let stolen = send(&app, thief.request(method.clone(), body.clone())).await;
        let missing = send(&app, unknown.request(method, body)).await;
        assert_eq!(stolen.status, StatusCode::NOT_FOUND);
        assert_eq!(stolen.text, missing.text);
    }
    assert_eq!(fixture.called(), 0);
    assert_eq!(
        text(&alice.post(&call(1, "echo")).await.json()),
        r#"{"a":1}"#
    );
}

#[tokio::test]
async fn t27_a_session_with_an_owner_is_not_for_a_caller_without() {
    let app = app(&Fixture::default());
    let alice = Client::open(&app).await;
    let mut request = alice.request(Method::POST, ping(1).to_string());
    request.extensions_mut().remove::<&'static str>();
    assert_eq!(send(&app, request).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn t27_only_the_owner_reads_on() {
    let app = app(&Fixture::default());
    let alice = Client::open(&app).await;
    let mut events = alice.ask(&call(1, "count")).await;
    let seen = events.event().await.unwrap();

    let thief = Client {
        caller: "mallory",
        ..alice.clone()
    };
    let stolen = send(&app, thief.resuming(&seen.id)).await;
    assert_eq!(stolen.status, StatusCode::NOT_FOUND);
    // In a session of their own the id means nothing.
    let own = Client::open_as(&app, "mallory", "2025-11-25").await;
    let answer = send(&app, own.resuming(&seen.id)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn t27_only_the_owner_answers_a_question() {
    let app = app(&Fixture::default());
    let alice = Client::open(&app).await;
    let mallory = Client::open_as(&app, "mallory", "2025-11-25").await;
    let mut events = alice.ask(&call(1, "ask")).await;
    let question = events.message().await.unwrap();

    mallory.tell(&roots(&question["id"])).await;
    let mut stolen = alice.request(Method::POST, Body::from(roots(&question["id"]).to_string()));
    stolen.extensions_mut().insert("mallory");
    assert_eq!(send(&app, stolen).await.status, StatusCode::NOT_FOUND);

    alice.tell(&roots(&question["id"])).await;
    assert_eq!(text(&events.message().await.unwrap()), "answered");
}
