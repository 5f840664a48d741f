//! Questions of a call to its client.

use http::StatusCode;
use serde_json::{Value, json};

use super::client::*;
use crate::fixture::{Fixture, send};

fn roots(id: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": {"roots": []}})
}

#[tokio::test]
async fn sse_an_answer_finds_the_call_that_asked() {
    let mut client = Client::open(&app(&Fixture::default())).await;
    client.initialize("2025-06-18").await;
    // Both calls ask their first question; on the wire the two have different ids.
    client.tell(&call(1, "ask")).await;
    let first = client.message().await.unwrap();
    client.tell(&call(2, "ask")).await;
    let second = client.message().await.unwrap();
    assert_eq!(first["method"], "roots/list");
    assert_eq!(second["method"], "roots/list");
    assert_ne!(first["id"], second["id"]);

    client.tell(&roots(&second["id"])).await;
    let answer = client.message().await.unwrap();
    assert_eq!((&answer["id"], text(&answer)), (&json!(2), "answered"));

    let refused = json!({"jsonrpc": "2.0", "id": first["id"],
        "error": {"code": -1, "message": "no roots here"}});
    client.tell(&refused).await;
    let answer = client.message().await.unwrap();
    assert_eq!(answer["id"], 1);
    assert!(text(&answer).contains("no roots here"), "{answer}");
}

#[tokio::test]
async fn t27_only_the_owner_answers_a_question() {
    let app = app(&Fixture::default());
    let mut alice = Client::open_as(&app, "alice").await;
    let mallory = Client::open_as(&app, "mallory").await;
    alice.tell(&call(1, "ask")).await;
    let question = alice.message().await.unwrap();

    // In a session of their own the id means nothing, and Alice's is not theirs.
    mallory.tell(&roots(&question["id"])).await;
    let mut request = alice.request(roots(&question["id"]).to_string());
    request.extensions_mut().insert("mallory");
    assert_eq!(send(&app, request).await.status, StatusCode::NOT_FOUND);

    alice.tell(&roots(&question["id"])).await;
    assert_eq!(text(&alice.message().await.unwrap()), "answered");
}

#[tokio::test]
async fn sse_answers_that_nobody_waits_for_are_dropped() {
    let mut client = Client::open(&app(&Fixture::default())).await;
    for id in [json!(1), json!("x"), json!("0-0"), json!("99999999999-1")] {
        client.tell(&roots(&id)).await;
    }
    assert_eq!(text(&client.ask(&call(1, "echo")).await), r#"{"a":1}"#);
}

#[tokio::test]
async fn sse_a_cancelled_call_takes_its_question_with_it() {
    let mut client = Client::open(&app(&Fixture::default())).await;
    client.tell(&call(1, "ask")).await;
    let question = client.message().await.unwrap();
    client
        .tell(
            &json!({"jsonrpc": "2.0", "method": "notifications/cancelled",
            "params": {"requestId": 1}}),
        )
        .await;
    client.tell(&roots(&question["id"])).await;
    assert_eq!(text(&client.ask(&call(2, "echo")).await), r#"{"a":1}"#);
}
