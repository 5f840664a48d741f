//! JSON-RPC as types: only what a server of one tool must read and write.
#![expect(dead_code, reason = "decoded because a server must decode it")]

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub(super) struct Request<A> {
    jsonrpc: String,
    pub(super) id: u64,
    method: String,
    pub(super) params: Params<A>,
}

#[derive(Deserialize)]
pub(super) struct Params<A> {
    name: String,
    pub(super) arguments: A,
    #[serde(rename = "_meta")]
    pub(super) meta: Option<Meta>,
}

#[derive(Deserialize)]
pub(super) struct Meta {
    #[serde(rename = "io.modelcontextprotocol/protocolVersion")]
    version: String,
    #[serde(rename = "io.modelcontextprotocol/clientInfo")]
    client: Client,
    #[serde(rename = "io.modelcontextprotocol/clientCapabilities")]
    capabilities: serde::de::IgnoredAny,
    #[serde(rename = "progressToken")]
    pub(super) token: Option<String>,
}

#[derive(Deserialize)]
struct Client {
    name: String,
    version: String,
}

/// An answer of 2026-07-28 names the server and says that it is complete; an older one does not.
#[derive(Serialize)]
pub(super) struct Response {
    jsonrpc: &'static str,
    id: u64,
    result: CallResult,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    result_type: Option<&'static str>,
    content: [Text; 1],
    is_error: bool,
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    meta: Option<ResultMeta>,
}

#[derive(Serialize)]
struct Text {
    r#type: &'static str,
    text: String,
}

#[derive(Serialize)]
struct ResultMeta {
    #[serde(rename = "io.modelcontextprotocol/serverInfo")]
    server: ServerInfo,
}

#[derive(Serialize)]
struct ServerInfo {
    name: &'static str,
    version: &'static str,
}

impl Response {
    pub(super) fn modern(id: u64, text: String) -> Self {
        let mut response = Self::legacy(id, text);
        response.result.result_type = Some("complete");
        response.result.meta = Some(ResultMeta {
            server: ServerInfo {
                name: "bench",
                version: env!("CARGO_PKG_VERSION"),
            },
        });
        response
    }

    pub(super) fn legacy(id: u64, text: String) -> Self {
        let r#type = "text";
        Self {
            jsonrpc: "2.0",
            id,
            result: CallResult {
                result_type: None,
                content: [Text { r#type, text }],
                is_error: false,
                meta: None,
            },
        }
    }
}
