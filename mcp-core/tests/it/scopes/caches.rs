use portcullis::{auth::danger, prelude::*};
use rstest::rstest;
use serde_json::{Value, json};

use super::{Library, app};
use crate::client::{Client, Way};

async fn scope_of(app: &axum::Router, method: &str, params: Value) -> Value {
    let token = "alice.library_read.desk_work";
    let mut alice = Client::open(app, Way::Modern, token).await;
    let mut answer = alice.ask(method, params).await;
    answer["result"]["cacheScope"].take()
}

/// rmcp's macro, and a handler, say that anybody may have what only callers get.
#[rstest]
#[case("prompts/list", json!({}))]
#[case("resources/list", json!({}))]
#[case("resources/templates/list", json!({}))]
#[case("tools/list", json!({}))]
#[case("resources/read", json!({"uri": "book://emma"}))]
#[case("resources/directory/read", json!({"uri": "book://emma"}))]
#[case("skills/list", json!({}))]
#[case("skills/get", json!({"uri": "skill://desk/triage/SKILL.md"}))]
#[case("server/discover", json!({}))]
#[tokio::test]
async fn t13_what_callers_get_is_private(#[case] method: &str, #[case] params: Value) {
    assert_eq!(scope_of(&app(), method, params).await, "private");
}

#[tokio::test]
async fn what_everybody_gets_may_be_public() {
    let server = McpServer::new("http://localhost:8080/desk/mcp", Library);
    let server = server.open_resources().auth(danger::anonymous());
    let server = server.build().unwrap();
    let route = server.into_route();
    assert_eq!(scope_of(&route, "prompts/list", json!({})).await, "public");
}
