//! Questions of a call to its client, and what it says meanwhile.

use serde_json::{Value, json};

use super::client::*;
use crate::fixture::Fixture;

#[tokio::test]
async fn mcp_t50_each_call_speaks_on_its_own_stream() {
    let client = Client::open(&app(&Fixture::default())).await;
    let mut first = client.ask(&call(1, "ask")).await;
    let mut second = client.ask(&call("two", "ask")).await;
    let to_first = first.message().await.unwrap();
    let to_second = second.message().await.unwrap();
    assert_eq!(to_first["method"], "roots/list");
    assert_ne!(to_first["id"], to_second["id"]);

    client.tell(&roots(&to_second["id"])).await;
    let answers = second.rest().await;
    assert_eq!(
        (&answers[0]["id"], text(&answers[0])),
        (&json!("two"), "answered")
    );

    let refused = json!({"jsonrpc": "2.0", "id": to_first["id"],
        "error": {"code": -1, "message": "no roots here"}});
    client.tell(&refused).await;
    let answer = first.message().await.unwrap();
    assert!(text(&answer).contains("no roots here"), "{answer}");
}

#[tokio::test]
async fn what_a_call_says_comes_before_its_answer() {
    let client = Client::open(&app(&Fixture::default())).await;
    let messages = client.ask(&call(1, "count")).await.rest().await;
    let progress = messages
        .iter()
        .map(|message| &message["params"]["progress"]);
    assert_eq!(
        progress.collect::<Vec<_>>(),
        [&json!(1.0), &json!(2.0), &json!(3.0), &Value::Null]
    );
    assert_eq!(text(&messages[3]), "counted");
}

#[tokio::test]
async fn a_question_waits_for_a_client_that_comes_back() {
    let client = Client::open(&app(&Fixture::default())).await;
    let mut events = client.ask(&call(1, "ask")).await;
    let priming = events.next().await.unwrap();
    drop(events);
    let mut events = client.resume(&priming.id).await;
    let question = events.message().await.unwrap();
    client.tell(&roots(&question["id"])).await;
    assert_eq!(text(&events.message().await.unwrap()), "answered");
}

#[tokio::test]
async fn a_cancelled_call_ends_its_stream_without_an_answer() {
    let client = Client::open(&app(&Fixture::default())).await;
    let mut events = client.ask(&call(1, "ask")).await;
    events.message().await.unwrap();
    client.tell(&cancel(1)).await;
    assert_eq!(events.rest().await, Vec::<Value>::new());
    // Its id is free again.
    assert_eq!(client.post(&call(1, "echo")).await.status, 200);
}

#[tokio::test]
async fn answers_that_nobody_waits_for_are_dropped() {
    let client = Client::open(&app(&Fixture::default())).await;
    for id in [json!(1), json!("x"), json!("0-0"), json!("99999999999-1")] {
        client.tell(&roots(&id)).await;
    }
    assert_eq!(client.post(&ping(1)).await.json()["result"], json!({}));
}
