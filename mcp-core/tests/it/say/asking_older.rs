//! The same tool, asked by clients of the revisions before 2026-07-28: they are asked on the
//! connection of their call.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    http::{Method, StatusCode},
};
use portcullis::{McpServerBuilder, auth::Bearer, prelude::*, transport::Sessions};
use rstest::rstest;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::asking::{ALICE, example::Shop, keys, yes};
use crate::{
    sessions::{initialize, message, open_as, post, request},
    sse, stdio,
    support::{MCP, ORIGIN, Plain, send},
};

fn shop(resource: &str) -> McpServerBuilder<Shop, Bearer<Plain>> {
    McpServer::new(resource, Shop)
        .sealing_keys(keys())
        .auth(Bearer(Plain))
}

fn app(server: McpServerBuilder<Shop, Bearer<Plain>>) -> Router {
    let app = App::new(ORIGIN).server(server.build().unwrap());
    app.into_router().unwrap()
}

fn with_sessions() -> Router {
    app(shop(MCP).sessions(Sessions::in_memory()))
}

fn buy() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "buy", "arguments": {"item": "tea"}}})
}

fn forms() -> Value {
    json!({"elicitation": {}})
}

/// Calls the tool, answers its question, and gives the question and what came of it.
async fn trade(version: &str, answer: Value) -> (Value, Value) {
    let app = with_sessions();
    let session = open_as(&app, ALICE, &initialize(version, forms())).await;
    let call = request(Method::POST, ALICE, &session, &buy());
    let response = app.clone().oneshot(call).await.unwrap();
    let mut events = response.into_body().into_data_stream();
    let question = message(&mut events).await;
    let mut reply = json!({"jsonrpc": "2.0", "id": question["id"]});
    let kind = if answer["code"].is_null() {
        "result"
    } else {
        "error"
    };
    reply[kind] = answer;
    let accepted = post(&app, ALICE, &session, &reply).await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED);
    (question, message(&mut events).await)
}

#[rstest]
#[tokio::test]
async fn an_older_client_is_asked_in_its_session(
    #[values("2025-06-18", "2025-11-25")] version: &str,
) {
    let (question, outcome) = trade(version, yes()).await;
    assert_eq!(question["method"], "elicitation/create");
    let params = &question["params"];
    assert_eq!(params["message"], "tea costs 300 cents.");
    let form = &params["requestedSchema"];
    assert_eq!(form["properties"]["buy"]["type"], "boolean");
    // What the tool remembers stays with the server.
    assert_eq!(params["requestState"], Value::Null);
    assert_eq!(outcome["id"], 1);
    let text = &outcome["result"]["content"][0]["text"];
    assert_eq!(text, "tea bought for 300 cents");
}

#[rstest]
#[case::another_choice(json!({"action": "accept", "content": {"buy": false}}))]
#[case::declined(json!({"action": "decline"}))]
#[case::cancelled(json!({"action": "cancel"}))]
#[tokio::test]
async fn an_older_client_can_say_no(#[case] answer: Value) {
    let (_, outcome) = trade("2025-11-25", answer).await;
    let text = &outcome["result"]["content"][0]["text"];
    assert_eq!(text, "nothing bought");
}

#[rstest]
#[case::of_another_type(json!({"action": "accept", "content": {"buy": "perhaps"}}), -32602)]
#[case::empty(json!({"action": "accept"}), -32602)]
#[case::no_answer_at_all(json!({"roots": []}), -32600)]
#[case::an_error(json!({"code": -1, "message": "the window was <closed>"}), -32600)]
#[tokio::test]
async fn an_answer_of_an_older_client_is_checked_too(#[case] answer: Value, #[case] code: i32) {
    let (_, outcome) = trade("2025-11-25", answer).await;
    assert_eq!(outcome["error"]["code"], code, "{outcome}");
    assert!(!outcome.to_string().contains("<closed>"), "{outcome}");
}

#[tokio::test(start_paused = true)]
async fn t29_an_older_client_that_never_answers_does_not_hold_its_call() {
    let app = with_sessions();
    let session = open_as(&app, ALICE, &initialize("2025-11-25", forms())).await;
    let call = request(Method::POST, ALICE, &session, &buy());
    let response = app.clone().oneshot(call).await.unwrap();
    let mut events = response.into_body().into_data_stream();
    let question = message(&mut events).await;
    let asked = tokio::time::Instant::now();
    let withdrawn = message(&mut events).await;
    assert_eq!(withdrawn["method"], "notifications/cancelled");
    assert_eq!(withdrawn["params"]["requestId"], question["id"]);
    let outcome = message(&mut events).await;
    assert_eq!(outcome["error"]["code"], -32600, "{outcome}");
    assert_eq!(asked.elapsed().as_secs(), 600);
}

/// Without `elicitation`, without a session, or with a form mode that is another.
#[rstest]
#[case::no_capability(Some(json!({})))]
#[case::other_mode(Some(json!({"elicitation": {"url": {}}})))]
#[case::no_session(None)]
#[tokio::test]
async fn an_older_client_that_cannot_be_asked_is_told_why(#[case] capabilities: Option<Value>) {
    let app = with_sessions();
    let session = match capabilities {
        Some(capabilities) => open_as(&app, ALICE, &initialize("2025-11-25", capabilities)).await,
        None => String::new(),
    };
    let answer = post(&app, ALICE, &session, &buy()).await;
    assert!(answer.text.contains("-32600"), "{}", answer.text);
    assert!(
        answer.text.contains("declared `elicitation`"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn a_client_of_http_sse_is_asked_on_its_stream() {
    let app = app(shop("https://mcp.example.com/desk/sse").legacy_sse());
    let mut session = sse::Session::open(&app, ALICE).await;
    let hello = initialize("2025-06-18", forms());
    send(&app, session.request(ALICE, &hello)).await;
    session.message().await;
    send(&app, session.request(ALICE, &buy())).await;
    let question = session.message().await;
    assert_eq!(question["params"]["message"], "tea costs 300 cents.");
    let reply = json!({"jsonrpc": "2.0", "id": question["id"], "result": yes()});
    send(&app, session.request(ALICE, &reply)).await;
    let outcome = session.message().await;
    let text = &outcome["result"]["content"][0]["text"];
    assert_eq!(text, "tea bought for 300 cents");
}

/// rmcp's loop of a pair of streams only marks a call as cancelled.
#[tokio::test]
async fn a_yes_to_a_call_that_was_cancelled_buys_nothing() {
    let shop = CountingShop::default();
    let bought = shop.bought.clone();
    let server = McpServer::new(MCP, shop)
        .sealing_keys(keys())
        .auth(Bearer(Plain));
    let mut client = stdio::Client::start(server, &[], forms()).await;
    client.say(&buy()).await;
    let question = client.hear().await;
    let cancelled = json!({"jsonrpc": "2.0", "method": "notifications/cancelled",
        "params": {"requestId": 1}});
    client.say(&cancelled).await;
    let reply = json!({"jsonrpc": "2.0", "id": question["id"], "result": yes()});
    client.say(&reply).await;
    // The form is withdrawn.
    let withdrawn = client.hear().await;
    assert_eq!(withdrawn["method"], "notifications/cancelled");
    assert_eq!(withdrawn["params"]["requestId"], question["id"]);
    client.end().await;
    assert_eq!(bought.load(Ordering::SeqCst), 0);
}

#[derive(Default)]
struct CountingShop {
    bought: Arc<AtomicUsize>,
}

#[derive(serde::Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only whether it was answered matters")]
struct Consent {
    buy: bool,
}

#[mcp_server]
impl CountingShop {
    #[tool]
    async fn buy(&self, mut ask: Ask<(), Consent>) -> Turn<String> {
        if ask.take_answer().is_none() {
            return ask.user("?", &());
        }
        self.bought.fetch_add(1, Ordering::SeqCst);
        Turn::done("bought")
    }
}

#[tokio::test]
async fn a_client_on_a_pair_of_streams_is_asked_there() {
    let mut client = stdio::Client::start(shop(MCP), &["shop/buy"], forms()).await;
    client.say(&buy()).await;
    let question = client.hear().await;
    assert_eq!(question["method"], "elicitation/create");
    let reply = json!({"jsonrpc": "2.0", "id": question["id"], "result": yes()});
    client.say(&reply).await;
    let outcome = client.hear().await;
    let text = &outcome["result"]["content"][0]["text"];
    assert_eq!(text, "tea bought for 300 cents");
    client.end().await;
}
