//! 401 and 403: who is let in, and what the refused are told.

use axum::http::{StatusCode, header};
use portcullis::prelude::*;
use serde_json::json;

use crate::support::{MCP, app, call, fetch, rpc, server};

const METADATA: &str = "https://mcp.example.com/.well-known/oauth-protected-resource/desk/mcp";

#[tokio::test]
async fn without_a_token_401_says_where_and_for_what_to_sign_in() {
    let answer = rpc(&app(), None, json!({})).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        answer.challenge(),
        format!(r#"Bearer resource_metadata="{METADATA}", scope="desk/read""#)
    );
}

#[tokio::test]
async fn a_bad_token_is_invalid_and_the_reason_stays_inside() {
    let answer = rpc(&app(), Some("stranger"), json!({})).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.challenge().contains(r#"error="invalid_token""#));
    assert!(!answer.text.contains("nobody knows"));
}

#[tokio::test]
async fn the_metadata_is_where_the_challenge_says_and_at_the_root() {
    for path in [
        "/.well-known/oauth-protected-resource/desk/mcp",
        "/.well-known/oauth-protected-resource",
    ] {
        let document = fetch(&app(), path).await.json();
        assert_eq!(document["resource"], MCP);
        assert_eq!(document["scopes_supported"], json!(["desk/read"]));
    }
}

#[tokio::test]
async fn t12_one_403_names_every_scope_of_the_operation() {
    let answer = call(&app(), "alice.desk_read", "write", json!({"text": "hi"})).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let challenge = answer.challenge();
    assert!(challenge.contains(r#"error="insufficient_scope""#));
    assert!(challenge.contains(r#"scope="desk/read desk/write""#));
    assert!(challenge.contains(&format!(r#"resource_metadata="{METADATA}""#)));
    assert_eq!(
        answer
            .headers
            .get_all(header::WWW_AUTHENTICATE)
            .iter()
            .count(),
        1
    );
    assert_ne!(answer.headers[header::CONTENT_TYPE], "text/event-stream");
}

#[tokio::test]
async fn each_tool_asks_for_its_own_scopes() {
    let app = app();
    let text = |token: &'static str, tool: &'static str| {
        let app = app.clone();
        async move {
            let answer = call(&app, token, tool, json!({"text": "hi"})).await;
            (answer.status, answer.text)
        }
    };
    assert!(text("alice", "ping").await.1.contains("pong"));
    assert_eq!(text("alice", "whoami").await.0, StatusCode::FORBIDDEN);
    assert!(text("alice.desk_read", "whoami").await.1.contains("alice"));
    let written = text("alice.desk_write.desk_read", "write").await.1;
    assert!(
        written.contains(r#""structuredContent":{"bytes":2}"#),
        "{written}"
    );
}

#[tokio::test]
async fn t13_an_unknown_tool_is_unknown_whoever_asks() {
    for token in ["alice", "alice.desk_read.desk_write"] {
        let answer = call(&app(), token, "secret-tool", json!({})).await;
        assert_eq!(answer.json()["error"]["code"], -32602, "{}", answer.text);
        assert!(!answer.text.contains("scope"));
    }
}

#[tokio::test]
async fn the_list_shows_every_tool_and_no_scope() {
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let answer = rpc(&app(), Some("alice"), list).await;
    assert_eq!(
        answer.json()["result"]["tools"].as_array().unwrap().len(),
        6
    );
    assert!(!answer.text.contains("desk/read"), "{}", answer.text);
}

#[tokio::test]
async fn t13_a_list_is_private_to_its_caller() {
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "0"},
        "io.modelcontextprotocol/clientCapabilities": {}}}});
    let request = axum::http::Request::post("/desk/mcp")
        .header("host", "mcp.example.com")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("authorization", "Bearer alice")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/list")
        .body(list.to_string().into())
        .unwrap();
    let answer = crate::support::send(&app(), request).await;
    assert_eq!(
        answer.json()["result"]["cacheScope"],
        "private",
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn p8_a_batch_is_refused_as_a_whole() {
    let call = |id: u8, tool: &str| {
        json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
            "params": {"name": tool, "arguments": {"text": ""}}})
    };
    let request = axum::http::Request::post("/desk/mcp")
        .header("host", "mcp.example.com")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("authorization", "Bearer alice.desk_read")
        .header("mcp-protocol-version", "2025-03-26")
        .body(
            json!([call(1, "whoami"), call(2, "write")])
                .to_string()
                .into(),
        )
        .unwrap();
    let answer = crate::support::send(&app(), request).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!answer.text.contains("alice"));
}

#[test]
fn initial_scopes_are_those_that_every_scoped_tool_needs() {
    let server = server();
    assert_eq!(server.initial_scopes().to_string(), "desk/read");
    assert_eq!(server.scopes().len(), 2);
}

struct Apart;

#[mcp_server]
impl Apart {
    #[tool(scopes("a"))]
    async fn one(&self) -> String {
        String::new()
    }

    #[tool(scopes("b"))]
    async fn two(&self) -> String {
        String::new()
    }
}

#[test]
fn where_no_scope_is_common_all_are_initial() {
    let server = McpServer::new(MCP, Apart)
        .auth(portcullis::auth::Bearer(crate::support::Plain))
        .build()
        .unwrap();
    assert_eq!(server.initial_scopes().to_string(), "a b");

    let server = McpServer::new(MCP, Apart)
        .auth(portcullis::auth::Bearer(crate::support::Plain))
        .initial_scopes(["b"])
        .build()
        .unwrap();
    assert_eq!(server.initial_scopes().to_string(), "b");
}
