//! Header of one revision, body of another.

mod bare;
mod log;
mod sessions;

use axum::Router;
use portcullis_transport::{MixedRevisions, StreamableHttp};
use serde_json::json;

use crate::fixture::{Fixture, V2025_11_25, legacy_call, modern_call};

/// What hosted connectors send: headers and body of a call of `echo`.
fn mixtures() -> [(Vec<(&'static str, &'static str)>, String); 2] {
    [
        (V2025_11_25.to_vec(), modern_call("echo")),
        (
            vec![("mcp-protocol-version", "2026-07-28")],
            legacy_call("echo"),
        ),
    ]
}

fn tolerant(fixture: &Fixture) -> Router {
    let mcp = StreamableHttp::new(fixture.clone()).mixed_revisions(MixedRevisions::FollowBody);
    Router::new().route_service("/mcp", mcp.into_service())
}

fn ping(meta: serde_json::Value) -> String {
    json!({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"_meta": meta}}).to_string()
}
