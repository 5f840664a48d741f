//! Methods that rmcp does not know: a server may answer them, and its answers are as complete as all
//! others.

use axum::Router;
use http::StatusCode;
use portcullis_transport::{Stock, StreamableHttp};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{CustomRequest, CustomResult, ErrorCode, Implementation, ServerConfig},
    service::RequestContext,
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::fixture::{Answer, LEGACY, V2025_11_25, modern, modern_body, post};

const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

/// Answers `clock/…` with what its `params` say in `answer`.
#[derive(Clone)]
struct Clock;

impl ServerHandler for Clock {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::default().with_server_info(Implementation::new("clock", "1.0.0"))
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        if request.method != "clock/read" {
            let unknown = ErrorCode::METHOD_NOT_FOUND;
            return Err(ErrorData::new(unknown, "no such clock", None));
        }
        let params = request.params.unwrap_or_default();
        Ok(CustomResult::new(params["answer"].clone()))
    }
}

fn app() -> Router {
    Router::new().route_service("/mcp", StreamableHttp::new(Stock(Clock)).into_service())
}

async fn ask(method: &str, answer: Value) -> Answer {
    let body = modern_body(method, json!({ "answer": answer }));
    post(&app(), &modern(method, None), body).await
}

#[tokio::test]
async fn mcp_t25_results_of_custom_methods_are_complete() {
    let answer = ask("clock/read", json!({"time": "noon"})).await;
    assert_eq!(answer.status, StatusCode::OK);
    let result = &answer.json()["result"];
    assert_eq!(result["time"], "noon");
    assert_eq!(result["resultType"], "complete");
    assert_eq!(result["_meta"][SERVER_INFO]["name"], "clock", "{answer:?}");
}

#[tokio::test]
async fn what_a_handler_says_itself_is_not_changed() {
    let said = json!({"resultType": "task", "_meta": {"mine": 1, SERVER_INFO: {"name": "other"}}});
    let answer = ask("clock/read", said.clone()).await;
    assert_eq!(answer.json()["result"], said);
}

#[tokio::test]
async fn older_revisions_get_what_the_handler_said() {
    for headers in LEGACY {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": "clock/read",
            "params": {"answer": {"time": "noon"}}});
        let answer = post(&app(), headers, message.to_string()).await;
        assert_eq!(answer.json()["result"], json!({"time": "noon"}));
    }
}

#[rstest]
#[case(Value::Null)]
#[case(json!("noon"))]
#[case(json!([1]))]
#[tokio::test]
async fn a_result_is_an_object_in_every_revision(#[case] said: Value) {
    assert_eq!(ask("clock/read", said.clone()).await.code(), -32603);

    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "clock/read",
        "params": {"answer": said}});
    let answer = post(&app(), V2025_11_25, message.to_string()).await;
    assert_eq!(answer.code(), -32603);
}

#[tokio::test]
async fn mcp_t13_a_handler_that_does_not_know_a_method_answers_404() {
    let answer = ask("clock/wind", json!({})).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.code(), -32601);
}

/// Nobody says which member of `params` the header would repeat, so it cannot be right.
#[tokio::test]
async fn mcp_t15_a_custom_method_has_no_name() {
    let body = modern_body("clock/read", json!({"answer": {}, "name": "tower"}));
    let unnamed = post(&app(), &modern("clock/read", None), body.clone()).await;
    assert_eq!(unnamed.status, StatusCode::OK);

    let named = post(&app(), &modern("clock/read", Some("tower")), body).await;
    assert_eq!(named.code(), -32020);
}
