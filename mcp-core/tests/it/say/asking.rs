use std::time::Duration;

use axum::Router;
use portcullis::{
    BuildError,
    auth::{Bearer, ManualClock, SealingKeys, Timestamp},
    prelude::*,
};
use rstest::rstest;
use serde_json::{Value, json};

use super::{call, modern};
use crate::support::{Answer, MCP, ORIGIN, Plain, rpc, send};

#[path = "../../../../examples/talking/src/bin/asking.rs"]
#[expect(dead_code, reason = "its `main` is not called here")]
pub(super) mod example;

pub(super) const ALICE: &str = "alice.shop_buy";

pub(super) fn keys() -> SealingKeys {
    SealingKeys::parse(&SealingKeys::generate("k1").unwrap()).unwrap()
}

fn app(keys: SealingKeys, clock: ManualClock) -> Router {
    let server = McpServer::new(MCP, example::Shop)
        .sealing_keys(keys)
        .clock(clock)
        .auth(Bearer(Plain));
    let app = App::new(ORIGIN).server(server.build().unwrap());
    app.into_router().unwrap()
}

fn clock() -> ManualClock {
    ManualClock::at(Timestamp::from_secs(1_800_000_000))
}

async fn order(app: &Router) -> Value {
    let params = json!({"name": "buy", "arguments": {"item": "tea"}});
    call(app, ALICE, params, json!({})).await.json()
}

async fn state(app: &Router) -> String {
    let asked = order(app).await;
    let state = &asked["result"]["requestState"];
    state.as_str().unwrap().to_owned()
}

async fn reply(app: &Router, token: &str, item: &str, state: &str, reply: Value) -> Answer {
    let params = json!({"name": "buy", "arguments": {"item": item},
        "requestState": state, "inputResponses": {"question": reply}});
    call(app, token, params, json!({})).await
}

pub(super) fn yes() -> Value {
    json!({"action": "accept", "content": {"buy": true}})
}

fn assert_refused(answer: &Answer) {
    let error = &answer.json()["error"];
    assert_eq!(error["code"], -32602, "{}", answer.text);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("call the tool again"), "{message}");
}

#[tokio::test]
async fn mcp_t32_a_tool_asks_its_user_with_a_form() {
    let asked = order(&app(keys(), clock())).await;
    let result = &asked["result"];
    assert_eq!(result["resultType"], "input_required");
    let question = &result["inputRequests"]["question"];
    assert_eq!(question["method"], "elicitation/create");
    assert_eq!(question["params"]["message"], "tea costs 300 cents.");
    let form = &question["params"]["requestedSchema"];
    assert_eq!(form["properties"]["buy"]["type"], "boolean");
    assert_eq!(form["required"], json!(["buy"]));
}

#[rstest]
#[case::accepted(yes(), "tea bought for 300 cents")]
#[case::another_choice(json!({"action": "accept", "content": {"buy": false}}), "nothing bought")]
#[case::declined(json!({"action": "decline"}), "nothing bought")]
#[case::cancelled(json!({"action": "cancel"}), "nothing bought")]
#[tokio::test]
async fn mcp_t32_the_answer_comes_with_the_state(#[case] answer: Value, #[case] text: &str) {
    let app = app(keys(), clock());
    let state = state(&app).await;
    let answer = reply(&app, ALICE, "tea", &state, answer).await;
    assert_eq!(answer.json()["result"]["content"][0]["text"], text);
}

#[tokio::test]
async fn mcp_t32_any_replica_with_the_keys_takes_the_answer() {
    let keys = keys();
    let state = state(&app(keys.clone(), clock())).await;
    let other = app(keys, clock());
    let answer = reply(&other, ALICE, "tea", &state, yes()).await;
    assert!(answer.text.contains("bought for 300"), "{}", answer.text);
}

#[tokio::test]
async fn mcp_t32_a_missing_answer_is_asked_for_again() {
    let app = app(keys(), clock());
    let state = state(&app).await;
    let params = json!({"name": "buy", "arguments": {"item": "tea"}, "requestState": state});
    let answer = call(&app, ALICE, params, json!({})).await.json();
    assert_eq!(answer["result"]["resultType"], "input_required");
}

#[tokio::test]
async fn an_answer_that_is_not_of_the_form_is_an_error() {
    let app = app(keys(), clock());
    let state = state(&app).await;
    let misfit = json!({"action": "accept", "content": {"buy": "perhaps"}});
    let answer = reply(&app, ALICE, "tea", &state, misfit).await.json();
    assert_eq!(answer["error"]["code"], -32602);
}

#[tokio::test]
async fn t27_a_state_of_another_caller_is_refused() {
    let app = app(keys(), clock());
    let state = state(&app).await;
    assert_refused(&reply(&app, "mallory.shop_buy", "tea", &state, yes()).await);
}

#[tokio::test]
async fn t28_a_changed_state_is_refused() {
    let app = app(keys(), clock());
    let state = state(&app).await;
    let (head, last) = state.split_at(state.len() - 2);
    let changed = if last == "AA" { "BB" } else { "AA" };
    for state in [
        format!("{head}{changed}"),
        head.to_owned(),
        "?".into(),
        String::new(),
    ] {
        assert_refused(&reply(&app, ALICE, "tea", &state, yes()).await);
    }
}

/// The user has agreed to the price of tea.
#[tokio::test]
async fn t28_a_state_of_a_call_with_other_arguments_is_refused() {
    let app = app(keys(), clock());
    let state = state(&app).await;
    assert_refused(&reply(&app, ALICE, "champagne", &state, yes()).await);
}

#[tokio::test]
async fn t28_a_state_under_a_key_that_is_gone_is_refused() {
    let state = state(&app(keys(), clock())).await;
    let rotated = app(keys(), clock());
    assert_refused(&reply(&rotated, ALICE, "tea", &state, yes()).await);
}

#[tokio::test]
async fn t28_a_state_expires() {
    let clock = clock();
    let app = app(keys(), clock.clone());
    let state = state(&app).await;
    clock.advance(Duration::from_secs(599));
    let answer = reply(&app, ALICE, "tea", &state, yes()).await;
    assert!(answer.text.contains("bought"), "{}", answer.text);
    clock.advance(Duration::from_secs(1));
    assert_refused(&reply(&app, ALICE, "tea", &state, yes()).await);
}

struct Twins;

#[mcp_server]
impl Twins {
    #[tool]
    async fn one(&self, mut ask: Ask<u8, Consent>) -> Turn<String> {
        match ask.take_answer() {
            Some(answer) => Turn::done(answer.id),
            None => ask.user("?", &1),
        }
    }

    #[tool]
    async fn two(&self, mut ask: Ask<u8, Consent>) -> Turn<String> {
        match ask.take_answer() {
            Some(answer) => Turn::done(answer.id),
            None => ask.user("?", &2),
        }
    }
}

#[derive(serde::Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only whether it was answered matters")]
struct Consent {
    ok: bool,
}

fn twins(resource: &str, keys: &SealingKeys) -> Router {
    let server = McpServer::new(resource, Twins)
        .sealing_keys(keys.clone())
        .auth(Bearer(Plain));
    let app = App::new(ORIGIN).server(server.build().unwrap());
    app.into_router().unwrap()
}

async fn twin(app: &Router, tool: &str, state: Option<&str>) -> Answer {
    let mut params = json!({"name": tool});
    if let Some(state) = state {
        params["requestState"] = state.into();
        params["inputResponses"] =
            json!({"question": {"action": "accept", "content": {"ok": true}}});
    }
    call(app, "alice", params, json!({})).await
}

#[tokio::test]
async fn t28_a_state_of_another_tool_is_refused() {
    let app = twins(MCP, &keys());
    let asked = twin(&app, "one", None).await.json();
    let state = asked["result"]["requestState"].as_str().unwrap();
    assert_refused(&twin(&app, "two", Some(state)).await);
}

#[tokio::test]
async fn t28_a_state_of_another_server_is_refused() {
    let keys = keys();
    let elsewhere = twins("https://mcp.example.com/other/mcp", &keys);
    let mut request = modern("alice", "tools/call", json!({"name": "one"}), json!({}));
    *request.uri_mut() = "/other/mcp".parse().unwrap();
    let asked = send(&elsewhere, request).await.json();
    let state = asked["result"]["requestState"].as_str().unwrap();
    assert_refused(&twin(&twins(MCP, &keys), "one", Some(state)).await);
}

/// So that what must happen once can be recorded under it.
#[tokio::test]
async fn t28_a_replayed_answer_has_the_id_of_its_question() {
    let app = twins(MCP, &keys());
    let mut ids = Vec::new();
    for _ in 0..2 {
        let asked = twin(&app, "one", None).await.json();
        let state = asked["result"]["requestState"].as_str().unwrap();
        let mut first = twin(&app, "one", Some(state)).await.json();
        let again = twin(&app, "one", Some(state)).await.json();
        assert_eq!(first["result"], again["result"]);
        ids.push(first["result"]["content"][0]["text"].take());
    }
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn mcp_t32_a_client_without_forms_is_told_what_it_lacks() {
    let params = json!({"name": "buy", "arguments": {"item": "tea"}});
    let none = json!({"io.modelcontextprotocol/clientCapabilities": {}});
    let answer = call(&app(keys(), clock()), ALICE, params, none)
        .await
        .json();
    assert_eq!(answer["error"]["code"], -32021);
    assert_eq!(
        answer["error"]["data"],
        json!({"requiredCapabilities": {"elicitation": {}}})
    );
}

#[tokio::test]
async fn an_older_client_without_a_session_is_told_that_it_cannot_be_asked() {
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "buy", "arguments": {"item": "tea"}}});
    let answer = rpc(&app(keys(), clock()), Some(ALICE), message).await;
    assert!(
        answer.text.contains("revision 2026-07-28"),
        "{}",
        answer.text
    );
}

#[test]
fn a_server_that_asks_does_not_build_without_keys() {
    let server = McpServer::new(MCP, example::Shop)
        .auth(Bearer(Plain))
        .build();
    let error = server.unwrap_err();
    assert!(matches!(&error, BuildError::NoSealingKeys(tool) if tool == "buy"));
    assert!(error.to_string().contains(".sealing_keys("), "{error}");
}
