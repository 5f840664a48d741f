//! `Mcp-Param-*` headers reach the same answer through the scope table as without it.

use axum::http::{Request, StatusCode, header};
use portcullis::{BuildError, auth::Bearer, prelude::*};
use rstest::rstest;
use serde_json::json;

use crate::support::{Answer, MCP, ORIGIN, Plain, send};

struct Store;

#[derive(serde::Deserialize, JsonSchema)]
struct Query {
    #[schemars(extend("x-mcp-header" = "Region"))]
    region: String,
}

#[mcp_server(name = "store")]
impl Store {
    /// Looks something up.
    #[tool(scopes("desk/read"))]
    async fn look_up(&self, Parameters(query): Parameters<Query>) -> String {
        query.region
    }
}

fn by_macros() -> McpServer<Store> {
    let server = McpServer::new(MCP, Store).auth(Bearer(Plain));
    server.build().unwrap()
}

fn by_rmcp() -> McpServer<Store> {
    let server = McpServer::from_rmcp(MCP, Store).tool_scopes("look_up", ["desk/read"]);
    server.auth(Bearer(Plain)).build().unwrap()
}

async fn look_up(server: McpServer<Store>, token: &str, region: &str) -> Answer {
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "look_up",
        "arguments": {"region": "eu"},
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    }});
    let request = Request::post("/desk/mcp")
        .header(header::HOST, "mcp.example.com")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", "look_up")
        .header("mcp-param-region", region);
    let app = App::new(ORIGIN).server(server).into_router().unwrap();
    send(&app, request.body(message.to_string().into()).unwrap()).await
}

#[rstest]
#[case::by_macros(by_macros)]
#[case::by_rmcp(by_rmcp)]
#[tokio::test]
async fn mcp_t18_a_header_that_contradicts_its_argument_is_refused(
    #[case] server: fn() -> McpServer<Store>,
) {
    let reader = "alice.desk_read";
    assert_eq!(look_up(server(), reader, "eu").await.status, StatusCode::OK);

    let lied = look_up(server(), reader, "us").await;
    assert_eq!(lied.status, StatusCode::BAD_REQUEST);
    assert_eq!(lied.json()["error"]["code"], -32020);
}

#[tokio::test]
async fn the_policy_says_no_before_the_headers_do() {
    let refused = look_up(by_macros(), "alice", "us").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[derive(serde::Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Shard {
    #[schemars(extend("x-mcp-header" = "Shard"))]
    shard: Option<u8>,
}

struct Shards;

#[mcp_server]
impl Shards {
    #[tool]
    async fn find(&self, _shard: Parameters<Shard>) -> String {
        String::new()
    }
}

#[test]
fn mcp_t19_a_tool_that_clients_would_leave_out_is_not_built() {
    let by_macros = McpServer::new(MCP, Shards).auth(Bearer(Plain)).build();
    let by_rmcp = McpServer::from_rmcp(MCP, Shards).tool_scopes("find", ["a"]);
    for built in [by_macros, by_rmcp.auth(Bearer(Plain)).build()] {
        let error = built.unwrap_err();
        assert!(matches!(error, BuildError::ParamHeader { .. }));
        let message = error.to_string();
        assert!(message.contains("tool `find`"), "{message}");
        assert!(message.contains("`properties/shard`"), "{message}");
        assert!(message.contains("#[serde(default)]"), "{message}");
    }
}
