use axum::Router;
use portcullis::{auth::Bearer, prelude::*};
use rstest::rstest;
use serde_json::{Value, json};

use super::{call, discover, messages};
use crate::support::{MCP, ORIGIN, Plain};

#[path = "../../../../examples/talking/src/bin/progress.rs"]
#[expect(dead_code, reason = "its `main` is not called here")]
mod example;

fn app() -> Router {
    let server = McpServer::new(MCP, example::Importer).auth(Bearer(Plain));
    let app = App::new(ORIGIN).server(server.build().unwrap());
    app.into_router().unwrap()
}

fn import() -> Value {
    json!({"name": "import", "arguments": {"names": ["a", "", "b"]}})
}

#[tokio::test]
async fn mcp_t31_progress_is_for_the_token_of_the_request() {
    let answer = call(
        &app(),
        "alice.files_import",
        import(),
        json!({"progressToken": "p"}),
    )
    .await;
    let messages = messages(&answer);
    let (last, reports) = messages.split_last().unwrap();
    assert_eq!(last["result"]["content"][0]["text"], "2 imported");
    let reports: Vec<_> = reports.iter().map(|report| &report["params"]).collect();
    let report = |done: f64, message: &str| json!({"progressToken": "p", "progress": done, "total": 3.0, "message": message});
    assert_eq!(
        reports,
        [&report(1.0, "imported a"), &report(2.0, "imported b")]
    );
}

#[tokio::test]
async fn mcp_t31_without_a_token_there_is_no_progress() {
    let answer = call(&app(), "alice.files_import", import(), json!({})).await;
    assert_eq!(answer.json()["result"]["content"][0]["text"], "2 imported");
}

struct Erratic;

#[mcp_server]
impl Erratic {
    #[tool]
    async fn wander(&self, mut progress: Progress) -> String {
        for done in [1.0, 1.0, 0.5, f64::NAN, f64::INFINITY, 2.0] {
            progress.report(done, "").await;
        }
        "home".into()
    }
}

#[tokio::test]
async fn mcp_t31_progress_increases_whatever_the_tool_reports() {
    let server = McpServer::new(MCP, Erratic).auth(Bearer(Plain)).build();
    let app = App::new(ORIGIN).server(server.unwrap());
    let app = app.into_router().unwrap();
    let params = json!({"name": "wander"});
    let answer = call(&app, "alice", params, json!({"progressToken": 7})).await;
    let messages = messages(&answer);
    let (_, reports) = messages.split_last().unwrap();
    let progress: Vec<_> = reports
        .iter()
        .map(|report| report["params"]["progress"].as_f64().unwrap())
        .collect();
    assert_eq!(progress, [1.0, 2.0]);
}

#[rstest]
#[case::not_asked_for(json!({}), 0)]
#[case::asked_for(json!({"io.modelcontextprotocol/logLevel": "debug"}), 1)]
#[case::just_grave_enough(json!({"io.modelcontextprotocol/logLevel": "warning"}), 1)]
#[case::not_grave_enough(json!({"io.modelcontextprotocol/logLevel": "error"}), 0)]
#[tokio::test]
async fn mcp_t30_log_messages_are_those_of_the_requests_level(
    #[case] meta: Value,
    #[case] expected: usize,
) {
    let answer = call(&app(), "alice.files_import", import(), meta).await;
    let messages = messages(&answer);
    let logged: Vec<_> = messages
        .iter()
        .filter(|message| message["method"] == "notifications/message")
        .collect();
    assert_eq!(logged.len(), expected, "{}", answer.text);
    assert!(
        logged
            .iter()
            .all(|message| message["params"]["level"] == "warning")
    );
}

#[tokio::test]
async fn mcp_t30_a_server_whose_tools_log_declares_it() {
    assert_eq!(discover(&app()).await["logging"], json!({}));
}
