//! What the suite does not ask of the fixture, and what would be noticed late if it broke.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test fails the test; clippy exempts test functions only"
)]

use axum::{Router, body::Body};
use conformance::Fixture;
use http::{Request, StatusCode, header};
use portcullis::transport::{Stock, StreamableHttp};
use rmcp::model::{RequestStateCodec, SkillResource};
use serde_json::{Value, json};
use tower::ServiceExt;

const FIRST: &str = "test_input_required_result_request_state";
const SECOND: &str = "test_input_required_result_tampered_state";

fn app() -> Router {
    let state = RequestStateCodec::try_new(vec![7; 32]).unwrap();
    let mcp = StreamableHttp::new(Stock(Fixture::new(state).unwrap())).into_service();
    Router::new().route_service("/mcp", mcp)
}

/// One request of 2026-07-28 by a client that can be asked for forms: its status and its answer.
async fn ask(
    app: &Router,
    method: &str,
    name: Option<&str>,
    mut params: Value,
) -> (StatusCode, Value) {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}},
    });
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let mut request = Request::post("/mcp")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", method);
    if let Some(name) = name {
        request = request.header("mcp-name", name);
    }
    let request = request.body(Body::from(message.to_string())).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX);
    (
        status,
        serde_json::from_slice(&body.await.unwrap()).unwrap(),
    )
}

async fn call(app: &Router, tool: &str, mut params: Value) -> Value {
    params["name"] = tool.into();
    ask(app, "tools/call", Some(tool), params).await.1
}

/// The state that a tool hands out with its question.
async fn asked(app: &Router, tool: &str) -> Value {
    let answer = call(app, tool, json!({})).await;
    assert_eq!(answer["result"]["resultType"], "input_required", "{answer}");
    answer["result"]["requestState"].clone()
}

fn confirmed(state: &Value) -> Value {
    let accepted = json!({"action": "accept", "content": {"ok": true}});
    json!({"inputResponses": {"confirm": accepted}, "requestState": state})
}

#[tokio::test]
async fn t28_a_state_opens_for_the_tool_that_sealed_it_only() {
    let app = app();
    let state = asked(&app, FIRST).await;
    let answer = call(&app, SECOND, confirmed(&state)).await;
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
    let answer = call(&app, FIRST, confirmed(&state)).await;
    assert_eq!(answer["result"]["resultType"], "complete", "{answer}");
}

/// Answers without a state are not trusted: the question is asked again.
#[tokio::test]
async fn t28_a_confirmation_without_its_state_is_asked_again() {
    let mut unasked = confirmed(&Value::Null);
    unasked.as_object_mut().unwrap().remove("requestState");
    let answer = call(&app(), FIRST, unasked).await;
    assert_eq!(answer["result"]["resultType"], "input_required", "{answer}");
}

#[tokio::test]
async fn a_template_takes_one_segment() {
    let app = app();
    for uri in ["test://template//data", "test://template/a/b/data"] {
        let (_, answer) = ask(&app, "resources/read", Some(uri), json!({"uri": uri})).await;
        assert_eq!(answer["error"]["code"], -32602, "{uri}");
    }
}

/// The suite takes the first tool of the list and calls it without arguments.
#[tokio::test]
async fn the_first_tool_needs_no_arguments() {
    let app = app();
    let (_, list) = ask(&app, "tools/list", None, json!({})).await;
    let first = list["result"]["tools"][0]["name"].as_str().unwrap();
    let answer = call(&app, first, json!({"arguments": {}})).await;
    assert_eq!(answer["error"], Value::Null, "{answer}");
}

#[tokio::test]
async fn a_client_without_a_session_cannot_be_asked_and_is_told_so() {
    let app = app();
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "test_elicitation", "arguments": {"message": "Who are you?"}}});
    let request = Request::post("/mcp")
        .header(header::CONTENT_TYPE, "application/json")
        .header("mcp-protocol-version", "2025-11-25")
        .body(Body::from(message.to_string()))
        .unwrap();
    let response = app.oneshot(request).await.unwrap();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX);
    let answer: Value = serde_json::from_slice(&body.await.unwrap()).unwrap();
    assert_eq!(answer["error"]["code"], -32603, "{answer}");
}

/// The suite is content with whatever is listed; a folder that the catalog cannot read is not.
#[tokio::test]
async fn every_skill_is_listed_and_its_files_are_as_listed() {
    let app = app();
    let (_, list) = ask(&app, "skills/list", None, json!({})).await;
    let skills = list["result"]["skills"].as_array().unwrap();
    let names: Vec<_> = skills
        .iter()
        .map(|skill| &skill["frontmatter"]["name"])
        .collect();
    assert_eq!(names, ["triage", "release-notes"]);

    for file in skills
        .iter()
        .flat_map(|skill| skill["resources"].as_array().unwrap())
    {
        let uri = file["uri"].as_str().unwrap();
        let (_, read) = ask(&app, "resources/read", Some(uri), json!({"uri": uri})).await;
        let text = read["result"]["contents"][0]["text"].as_str().unwrap();
        let listed: SkillResource = serde_json::from_value(file.clone()).unwrap();
        assert_eq!(listed.verify(text.as_bytes()), Ok(()));
    }
}
