//! Methods that an author adds to those of the protocol.

use axum::{
    Router,
    http::{Request, StatusCode, header},
};
use metrics::set_default_local_recorder;
use portcullis::{
    auth::Bearer,
    prelude::*,
    rmcp::{
        ErrorData, RoleServer, ServerHandler,
        model::{CustomRequest, CustomResult, ErrorCode},
        service::RequestContext,
    },
};
use serde_json::json;

use crate::{
    metrics::Counts,
    support::{Answer, MCP, ORIGIN, Plain, send},
};

struct Clock;

#[tool_router]
impl Clock {
    /// Says that it is noon.
    #[tool(scopes("clock/read"))]
    async fn now(&self) -> String {
        "noon".into()
    }
}

#[tool_handler(name = "clock")]
impl ServerHandler for Clock {
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        if request.method != "clock/owner" {
            let unknown = ErrorCode::METHOD_NOT_FOUND;
            return Err(ErrorData::new(unknown, "method not found", None));
        }
        let caller = Caller::of(&context)?;
        caller.needs(["clock/read", "clock/owner"])?;
        let Caller(who) = caller;
        Ok(CustomResult::new(
            json!({"owner": who.subject().to_string(), "cacheScope": "public"}),
        ))
    }
}

fn app() -> Router {
    let server = McpServer::new(MCP, Clock).auth(Bearer(Plain));
    App::new(ORIGIN)
        .server(server.build().unwrap())
        .into_router()
        .unwrap()
}

async fn ask(token: Option<&str>, method: &str) -> Answer {
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }}});
    let mut request = Request::post("/desk/mcp")
        .header(header::HOST, "mcp.example.com")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", method);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    send(&app(), request.body(message.to_string().into()).unwrap()).await
}

#[tokio::test]
async fn an_author_answers_a_custom_method_for_its_caller() {
    let answer = ask(Some("alice.clock_read.clock_owner"), "clock/owner").await;
    let result = &answer.json()["result"];
    assert_eq!(result["owner"], "alice", "{}", answer.text);
    assert_eq!(result["resultType"], "complete");
    let server = &result["_meta"]["io.modelcontextprotocol/serverInfo"];
    assert_eq!(server["name"], "clock");
}

#[tokio::test]
async fn t13_what_a_custom_method_answers_to_a_caller_is_private() {
    let answer = ask(Some("alice.clock_read.clock_owner"), "clock/owner").await;
    assert_eq!(answer.json()["result"]["cacheScope"], "private");
}

#[tokio::test]
async fn t12_a_custom_method_names_every_scope_that_it_needs() {
    let counts = Counts::default();
    let _recording = set_default_local_recorder(&counts);
    let answer = ask(Some("alice.clock_read"), "clock/owner").await;
    let error = &answer.json()["error"];
    assert_eq!(error["code"], -32600, "{}", answer.text);
    let message = "insufficient_scope: this needs the scopes clock/read clock/owner";
    assert_eq!(error["message"], message);
    counts.assert(&[("portcullis_refusals_total layer=scopes status=403", 1)]);
}

#[tokio::test]
async fn a_custom_method_is_behind_the_same_door() {
    let answer = ask(None, "clock/owner").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn mcp_t13_a_method_that_the_author_does_not_know_is_404() {
    let answer = ask(Some("alice"), "clock/wind").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.json()["error"]["code"], -32601);
}
