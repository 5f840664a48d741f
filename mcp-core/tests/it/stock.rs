//! Servers that were made with rmcp alone.

use axum::http::StatusCode;
use portcullis::{
    auth::Bearer,
    prelude::*,
    rmcp::{
        ErrorData, RoleServer, ServerHandler,
        model::{CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock},
        service::RequestContext,
    },
};
use serde_json::json;

use crate::support::{MCP, ORIGIN, Plain, call};

/// Answers to every tool name.
struct Stock;

impl ServerHandler for Stock {
    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let text = ContentBlock::text(format!("did {}", request.name));
        Ok(CallToolResult::success(vec![text]).into())
    }
}

fn app(server: McpServer<Stock>) -> axum::Router {
    App::new(ORIGIN).server(server).into_router().unwrap()
}

#[tokio::test]
async fn without_a_table_every_authenticated_caller_may_call() {
    let server = McpServer::from_rmcp(MCP, Stock)
        .auth(Bearer(Plain))
        .build()
        .unwrap();
    let answer = call(&app(server), "alice", "anything", json!({})).await;
    assert!(answer.text.contains("did anything"), "{}", answer.text);
}

#[tokio::test]
async fn with_a_table_what_is_not_in_it_is_refused() {
    let server = McpServer::from_rmcp(MCP, Stock)
        .tool_scopes("publish", ["desk/write"])
        .tool_scopes("read", [""; 0])
        .auth(Bearer(Plain))
        .build()
        .unwrap();
    let app = app(server);
    assert_eq!(
        call(&app, "alice", "publish", json!({})).await.status,
        StatusCode::FORBIDDEN
    );
    assert!(
        call(&app, "alice.desk_write", "publish", json!({}))
            .await
            .text
            .contains("did publish")
    );
    assert!(
        call(&app, "alice", "read", json!({}))
            .await
            .text
            .contains("did read")
    );
    let forgotten = call(&app, "alice.desk_write", "drop-database", json!({})).await;
    assert_eq!(forgotten.json()["error"]["code"], -32602);
}
