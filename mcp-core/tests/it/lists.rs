//! `tools/list`: what is kept of it must be what the handler would have said.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{Request, header},
};
use portcullis::{
    BuildError, McpServerBuilder, ToolPolicies,
    prelude::*,
    rmcp::{
        ErrorData, RoleServer, ServerHandler,
        model::{ListToolsResult, PaginatedRequestParams},
        service::RequestContext,
    },
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{MCP, send};

struct Shop;

#[derive(serde::Deserialize, JsonSchema)]
struct Order {
    /// How many.
    pieces: u32,
}

#[derive(serde::Serialize, JsonSchema)]
struct Bill {
    cents: u64,
}

#[mcp_server(name = "shop", version = "1.0.0")]
impl Shop {
    /// Takes an order.
    #[tool(annotations(destructive_hint = true))]
    async fn order(&self, Parameters(order): Parameters<Order>) -> Json<Bill> {
        Json(Bill {
            cents: u64::from(order.pieces) * 100,
        })
    }

    /// Names the prices; revisions before 2026-07-28 do not know a schema that is no object.
    #[tool]
    async fn prices(&self) -> Json<Vec<Bill>> {
        Json(Vec::new())
    }
}

/// Its list is its author's.
struct Growing(AtomicUsize);

#[tool_router]
impl Growing {
    /// Does nothing.
    #[tool]
    async fn nothing(&self) -> String {
        String::new()
    }
}

#[tool_handler]
impl ServerHandler for Growing {
    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tool = Self::tool_router().list_all().remove(0);
        let asked = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(ListToolsResult::with_all_items(vec![tool; asked]))
    }
}

fn served(server: impl ToolPolicies) -> Router {
    let server = McpServer::new(MCP, server).auth(danger::anonymous());
    server.build().unwrap().into_route()
}

/// The body of the answer to `tools/list`.
async fn list(app: &Router, revision: &str, id: Value) -> String {
    list_after(app, revision, id, None).await
}

async fn list_after(app: &Router, revision: &str, id: Value, cursor: Option<&str>) -> String {
    let mut params = json!({});
    if let Some(cursor) = cursor {
        params["cursor"] = cursor.into();
    }
    if revision == "2026-07-28" {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": revision,
            "io.modelcontextprotocol/clientCapabilities": {},
        });
    }
    let message = json!({"jsonrpc": "2.0", "id": id, "method": "tools/list", "params": params});
    let request = Request::post("/desk/mcp")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream")
        .header("mcp-protocol-version", revision)
        .header("mcp-method", "tools/list");
    let body = Body::from(message.to_string());
    send(app, request.body(body).unwrap()).await.text
}

#[rstest]
#[case("2025-03-26")]
#[case("2025-06-18")]
#[case("2025-11-25")]
#[case("2026-07-28")]
#[tokio::test]
async fn the_kept_list_is_what_the_handler_says(#[case] revision: &str) {
    let stock = McpServer::from_rmcp(MCP, Shop).auth(danger::anonymous());
    let computed = stock.build().unwrap().into_route();
    let kept = served(Shop);
    for id in [json!(1), json!("two"), json!("\"3\"")] {
        let expected = list(&computed, revision, id.clone()).await;
        assert!(expected.contains("prices"), "{expected}");
        assert_eq!(list(&kept, revision, id).await, expected);
    }
}

#[tokio::test]
async fn revisions_do_not_share_a_list() {
    let app = served(Shop);
    let newest = list(&app, "2026-07-28", json!(1)).await;
    let older = list(&app, "2025-06-18", json!(1)).await;
    assert!(newest.contains("cacheScope") && !older.contains("cacheScope"));
    assert_eq!(list(&app, "2026-07-28", json!(1)).await, newest);
}

#[tokio::test]
async fn a_list_of_the_authors_own_is_asked_for_every_time() {
    let app = served(Growing(AtomicUsize::new(0)));
    for tools in 1..4 {
        let answer = list(&app, "2025-11-25", json!(1)).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["result"]["tools"].as_array().unwrap().len(), tools);
    }
}

fn paged(configure: impl FnOnce(McpServerBuilder<Shop>) -> McpServerBuilder<Shop>) -> Router {
    let server = configure(McpServer::new(MCP, Shop)).auth(danger::anonymous());
    server.build().unwrap().into_route()
}

async fn result(app: &Router, revision: &str, cursor: Option<&str>) -> Value {
    let answer = list_after(app, revision, json!(1), cursor).await;
    serde_json::from_str(&answer).unwrap()
}

#[tokio::test]
async fn mcp_t26_the_list_of_tools_is_good_for_as_long_as_the_author_says() {
    let app = paged(|server| server.tools_ttl(Duration::from_secs(60)));
    for _ in 0..2 {
        let answer = result(&app, "2026-07-28", None).await;
        assert_eq!(answer["result"]["ttlMs"], 60_000, "{answer}");
    }
    let older = result(&app, "2025-11-25", None).await;
    assert!(older["result"].get("ttlMs").is_none(), "{older}");
}

#[rstest]
#[case("2025-11-25")]
#[case("2026-07-28")]
#[tokio::test]
async fn the_list_of_tools_comes_in_pages_of_the_size_that_the_author_says(#[case] revision: &str) {
    let app = paged(|server| server.tools_per_page(1));
    let first = result(&app, revision, None).await;
    assert_eq!(
        first["result"]["tools"].as_array().unwrap().len(),
        1,
        "{first}"
    );
    assert_eq!(first["result"]["tools"][0]["name"], "order");
    let cursor = first["result"]["nextCursor"].as_str().unwrap();
    let second = result(&app, revision, Some(cursor)).await;
    assert_eq!(
        second["result"]["tools"].as_array().unwrap().len(),
        1,
        "{second}"
    );
    assert_eq!(second["result"]["tools"][0]["name"], "prices");
    assert!(second["result"].get("nextCursor").is_none(), "{second}");
    let unknown = result(&app, revision, Some("bm9uZQ")).await;
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
}

#[test]
fn settings_of_a_list_that_have_no_effect_do_not_build() {
    let growing = McpServer::new(MCP, Growing(AtomicUsize::new(0))).tools_per_page(1);
    let error = growing.auth(danger::anonymous()).build().unwrap_err();
    assert!(matches!(error, BuildError::OwnToolList), "{error}");
    let empty = McpServer::new(MCP, Shop).tools_per_page(0);
    let error = empty.auth(danger::anonymous()).build().unwrap_err();
    assert!(matches!(error, BuildError::EmptyPages), "{error}");
}
