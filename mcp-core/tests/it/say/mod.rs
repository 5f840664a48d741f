//! What a tool can say besides its result, on the servers of `examples/talking`.

mod asking;
mod asking_older;
mod events;
mod library;
mod progress;

use axum::{
    Router,
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};

use crate::support::{Answer, send};

/// A request of 2026-07-28 from a client that can show forms. `meta` is added to its `_meta`.
pub(crate) fn modern(token: &str, method: &str, mut params: Value, meta: Value) -> Request<Body> {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}},
    });
    for (key, value) in meta.as_object().unwrap() {
        params["_meta"][key] = value.clone();
    }
    let mut request = Request::post("/desk/mcp")
        .header(header::HOST, "mcp.example.com")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", method);
    if let Some(name) = params["name"].as_str() {
        request = request.header("mcp-name", name);
    }
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    request.body(message.to_string().into()).unwrap()
}

async fn call(app: &Router, token: &str, params: Value, meta: Value) -> Answer {
    send(app, modern(token, "tools/call", params, meta)).await
}

async fn discover(app: &Router) -> Value {
    let request = modern("alice", "server/discover", json!({}), json!({}));
    send(app, request).await.json()["result"]["capabilities"].take()
}

/// The messages of an event stream, or the one of a JSON answer.
fn messages(answer: &Answer) -> Vec<Value> {
    if answer.headers[header::CONTENT_TYPE] == "application/json" {
        return vec![answer.json()];
    }
    let data = answer
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap())
        .collect()
}
