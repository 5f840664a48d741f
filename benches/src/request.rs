//! The requests: every server of a workload gets the same bytes.

use serde_json::{Value, json};

use crate::{tools, workload::Target};

/// Calls `echo` as clients of 2026-07-28 do, with all its headers.
pub(crate) fn echo(to: &Target) -> Vec<u8> {
    modern(
        to,
        "tools/call",
        Some("echo"),
        json!({"name": "echo", "arguments": {"text": "hello"}}),
    )
}

/// Calls `echo` as clients of 2025-06-18 do that keep no session.
pub(crate) fn echo_2025(to: &Target) -> Vec<u8> {
    let params = json!({"name": "echo", "arguments": {"text": "hello"}});
    legacy(
        to,
        "tools/call",
        params,
        "MCP-Protocol-Version: 2025-06-18\r\n",
    )
}

/// Calls `echo` as clients of 2024-11-05 do.
pub(crate) fn echo_2024(to: &Target) -> Vec<u8> {
    let params = json!({"name": "echo", "arguments": {"text": "hello"}});
    legacy(to, "tools/call", params, "")
}

/// Calls `order` with nested arguments.
pub(crate) fn order(to: &Target) -> Vec<u8> {
    let params = json!({"name": "order", "arguments": tools::Order::example()});
    modern(to, "tools/call", Some("order"), params)
}

/// Lists all tools.
pub(crate) fn list(to: &Target) -> Vec<u8> {
    modern(to, "tools/list", None, json!({}))
}

/// Calls `import`, and wants to know how far it has come.
pub(crate) fn import(to: &Target) -> Vec<u8> {
    let params = json!({
        "name": "import",
        "arguments": {"files": tools::REPORTS},
        "_meta": {"progressToken": "here"}
    });
    modern(to, "tools/call", Some("import"), params)
}

/// Listens to changes of the tools.
pub(crate) fn listen(to: &Target) -> Vec<u8> {
    let params = json!({"notifications": {"toolsListChanged": true}});
    modern(to, "subscriptions/listen", None, params)
}

/// Calls `announce`, which says that the tools have changed.
pub(crate) fn announce(to: &Target) -> Vec<u8> {
    modern(
        to,
        "tools/call",
        Some("announce"),
        json!({"name": "announce", "arguments": {}}),
    )
}

/// Opens a session.
pub(crate) fn initialize(to: &Target) -> Vec<u8> {
    let params = json!({
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "bench", "version": "1"}
    });
    legacy(to, "initialize", params, "")
}

/// Opens an event stream by `GET`, in a session where `headers` name one.
pub(crate) fn stream(to: &Target, headers: &str) -> Vec<u8> {
    let Target { port, path, .. } = to;
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nAccept: text/event-stream\r\n{headers}\r\n"
    )
    .into_bytes()
}

/// The notification that ends the handshake of a session.
pub(crate) fn initialized(to: &Target, headers: &str) -> Vec<u8> {
    let body = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    post(to, headers, &body)
}

fn modern(to: &Target, method: &str, name: Option<&str>, mut params: Value) -> Vec<u8> {
    let meta = &mut params["_meta"];
    meta["io.modelcontextprotocol/protocolVersion"] = "2026-07-28".into();
    meta["io.modelcontextprotocol/clientInfo"] = json!({"name": "bench", "version": "1"});
    meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
    let name = name.map(|name| format!("Mcp-Name: {name}\r\n"));
    let headers = format!(
        "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: {method}\r\n{}",
        name.unwrap_or_default()
    );
    legacy(to, method, params, &headers)
}

fn legacy(to: &Target, method: &str, params: Value, headers: &str) -> Vec<u8> {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    post(to, headers, &body)
}

fn post(to: &Target, headers: &str, body: &Value) -> Vec<u8> {
    let Target {
        port,
        path,
        authorization,
    } = to;
    let body = body.to_string();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\n\
         Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\
         {headers}{authorization}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
