//! What the model reads, and what it does not.

use serde_json::json;

use crate::support::{app, call, rpc};

#[tokio::test]
async fn the_question_mark_keeps_the_cause_inside() {
    let answer = call(&app(), "alice", "broken", json!({})).await;
    let result = &answer.json()["result"];
    assert_eq!(result["isError"], true);
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("error id "), "{text}");
    assert!(!answer.text.contains("invalid digit") && !answer.text.contains("hunter2"));
}

#[tokio::test]
async fn a_message_for_the_model_reaches_it_without_its_cause() {
    let answer = call(&app(), "alice", "picky", json!({})).await;
    let result = &answer.json()["result"];
    assert_eq!(result["isError"], true);
    assert_eq!(result["content"][0]["text"], "give a state of two letters");
    assert!(!answer.text.contains("hunter2"));
}

#[tokio::test]
async fn bad_arguments_are_told_to_the_model() {
    let answer = call(&app(), "alice.desk_read.desk_write", "write", json!({})).await;
    let result = &answer.json()["result"];
    assert_eq!(result["isError"], true, "{}", answer.text);
}

#[tokio::test]
async fn a_panic_is_an_internal_error_and_says_nothing() {
    let answer = call(&app(), "alice", "panics", json!({})).await;
    assert_eq!(answer.json()["error"]["code"], -32603);
    assert!(!answer.text.contains("hunter2"), "{}", answer.text);
}

#[tokio::test]
async fn server_info_on_the_wire_is_the_authors() {
    let initialize = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": {"name": "t", "version": "0"}}});
    let answer = rpc(&app(), Some("alice"), initialize).await.json();
    let info = &answer["result"]["serverInfo"];
    assert_eq!(
        (&info["name"], &info["version"]),
        (&json!("desk"), &json!("1.2.3"))
    );
    assert_eq!(answer["result"]["instructions"], "Ask <politely>.");
}
