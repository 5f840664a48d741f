//! What the same exchange costs without an SDK: decode, answer, nothing else.

use axum::{Json, Router, routing::post};
use serde::{Deserialize, Serialize};

/// As long as a token of the authorization server, so that the header costs the same.
pub(crate) const BEARER: &str = concat!(
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImRlbW8tMSIsInR5cCI6ImF0K2p3dCJ9.",
    "eyJpc3MiOiJodHRwOi8vbG9jYWxob3N0OjgwODAiLCJzdWIiOiI1ZTk4ZjYzYS0xYzJkLTRlM2YtOGE5Yi0wYzFkMmUzZjRhNWIiLCJhdWQi",
    "OiJodHRwOi8vbG9jYWxob3N0OjgwODAvbWNwIiwiY2xpZW50X2lkIjoiYmVuY2giLCJleHAiOjE4OTAwMDAwMDAsImlhdCI6MTg5MDAwMDAwM",
    "CwianRpIjoiYWJjZGVmZ2hpamtsbW5vcCIsInNjb3BlIjoiZWNobzp1c2UiLCJzaWQiOiJhYmNkZWZnaGlqa2xtbm9wcXJzdHV2In0.",
    "c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmUtc2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmUtc2lnbmF0"
);

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoded because a server must decode it")]
struct Request {
    jsonrpc: String,
    id: u64,
    method: String,
    params: Params,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoded because a server must decode it")]
struct Params {
    name: String,
    arguments: Arguments,
    #[serde(rename = "_meta")]
    meta: Meta,
}

#[derive(Deserialize)]
struct Arguments {
    text: String,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoded because a server must decode it")]
struct Meta {
    #[serde(rename = "io.modelcontextprotocol/protocolVersion")]
    version: String,
    #[serde(rename = "io.modelcontextprotocol/clientInfo")]
    client: Client,
    #[serde(rename = "io.modelcontextprotocol/clientCapabilities")]
    capabilities: serde::de::IgnoredAny,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoded because a server must decode it")]
struct Client {
    name: String,
    version: String,
}

#[derive(Serialize)]
struct Response {
    jsonrpc: &'static str,
    id: u64,
    result: CallResult,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallResult {
    content: [Text; 1],
    is_error: bool,
    result_type: &'static str,
}

#[derive(Serialize)]
struct Text {
    r#type: &'static str,
    text: String,
}

pub(crate) fn router() -> Router {
    Router::new().route("/mcp", post(call))
}

async fn call(Json(request): Json<Request>) -> Json<Response> {
    let text = Text {
        r#type: "text",
        text: request.params.arguments.text,
    };
    let result = CallResult {
        content: [text],
        is_error: false,
        result_type: "complete",
    };
    Json(Response {
        jsonrpc: "2.0",
        id: request.id,
        result,
    })
}
