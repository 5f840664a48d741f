use std::time::Duration;

use axum::Router;
use metrics::set_default_local_recorder;
use portcullis::{
    BuildError,
    auth::{Bearer, ManualClock, SealingKeys, Timestamp},
    prelude::*,
    rmcp::{
        ErrorData,
        handler::server::{common::FromContextPart, tool::ToolCallContext},
    },
};
use rstest::rstest;
use serde_json::{Value, json};

use super::{call, modern};
use crate::{
    metrics::Counts,
    support::{Answer, MCP, ORIGIN, Plain, rpc, send},
};

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
    let counts = Counts::default();
    let _recording = set_default_local_recorder(&counts);
    assert_refused(&reply(&app, "mallory.shop_buy", "tea", &state, yes()).await);
    counts.assert(&[(
        "portcullis_refusals_total layer=request_state status=400",
        1,
    )]);
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

struct Cinema;

#[derive(serde::Deserialize, JsonSchema)]
struct Seats {
    #[schemars(range(min = 1, max = 8))]
    count: u8,
    #[schemars(extend("exclusiveMinimum" = 0.0, "exclusiveMaximum" = 1.0))]
    tip: f64,
    #[schemars(length(min = 2, max = 3))]
    row: String,
    side: Side,
}

#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Side {
    Left,
    Right,
}

#[mcp_server]
impl Cinema {
    #[tool]
    async fn book(&self, mut ask: Ask<(), Seats>) -> Turn<String> {
        let Some(answer) = ask.take_answer() else {
            return ask.user("Which seats?", &());
        };
        let Reply::Accepted(Seats {
            count,
            tip,
            row,
            side,
        }) = answer.reply
        else {
            return Turn::done("none");
        };
        Turn::done(format!("{count} {tip} {row} {side:?}"))
    }
}

#[rstest]
#[case::as_asked(json!({}), true)]
#[case::least(json!({"count": 1, "row": "äö"}), true)]
#[case::too_few(json!({"count": 0}), false)]
#[case::too_many(json!({"count": 9}), false)]
#[case::no_tip(json!({"tip": 0.0}), false)]
#[case::whole_tip(json!({"tip": 1}), false)]
#[case::too_short(json!({"row": "ä"}), false)]
#[case::too_long(json!({"row": "abcd"}), false)]
#[case::no_side(json!({"side": "middle"}), false)]
#[case::missing(json!({"side": null}), false)]
#[tokio::test]
async fn mcp_t32_an_answer_keeps_to_its_form(#[case] change: Value, #[case] fits: bool) {
    let server = McpServer::new(MCP, Cinema).sealing_keys(keys());
    let app = App::new(ORIGIN).server(server.auth(Bearer(Plain)).build().unwrap());
    let app = app.into_router().unwrap();
    let asked = call(&app, "alice", json!({"name": "book"}), json!({}))
        .await
        .json();
    let state = &asked["result"]["requestState"];
    let mut content = json!({"count": 8, "tip": 0.5, "row": "abc", "side": "left"});
    for (field, value) in change.as_object().unwrap() {
        content[field] = value.clone();
    }
    let answer = json!({"question": {"action": "accept", "content": content}});
    let params = json!({"name": "book", "requestState": state, "inputResponses": answer});
    let answer = call(&app, "alice", params, json!({})).await.json();
    match fits {
        true => assert!(answer["result"].is_object(), "{answer}"),
        false => assert_eq!(answer["error"]["code"], -32602, "{answer}"),
    }
}

struct Nosy;

#[mcp_server]
impl Nosy {
    #[tool]
    async fn both(&self, first: Ask<u8, Consent>, _second: Ask<u8, Consent>) -> Turn<String> {
        first.user("?", &1)
    }
}

/// A yes to the one question would arrive at the other.
#[test]
fn t28_a_tool_with_two_questions_does_not_build() {
    let server = McpServer::new(MCP, Nosy).sealing_keys(keys());
    let error = server.auth(Bearer(Plain)).build().unwrap_err();
    assert!(matches!(&error, BuildError::TwoQuestions(tool) if tool == "both"));
    assert!(error.to_string().contains("take one"), "{error}");
}

struct Wrapped(Ask<u8, Consent>);

impl<H> FromContextPart<ToolCallContext<'_, H>> for Wrapped {
    fn from_context_part(context: &mut ToolCallContext<'_, H>) -> Result<Self, ErrorData> {
        Ask::from_context_part(context).map(Self)
    }
}

struct Sly;

#[mcp_server]
impl Sly {
    #[tool]
    async fn both(&self, _seen: Ask<u8, Consent>, mut unseen: Wrapped) -> Turn<String> {
        match unseen.0.take_answer() {
            Some(_) => Turn::done("bought"),
            None => unseen.0.user("?", &1),
        }
    }
}

/// A second one that nobody sees while the server is built has no seal.
#[tokio::test]
async fn t28_a_second_question_in_disguise_is_an_error() {
    let server = McpServer::new(MCP, Sly).sealing_keys(keys());
    let app = App::new(ORIGIN).server(server.auth(Bearer(Plain)).build().unwrap());
    let answer = twin(&app.into_router().unwrap(), "both", None).await.json();
    assert_eq!(answer["error"]["code"], -32603, "{answer}");
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
