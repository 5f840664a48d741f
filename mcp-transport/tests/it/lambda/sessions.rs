//! No session is opened where the next request may reach another process.

use axum::Router;
use http::StatusCode;
use portcullis_transport::{LegacySse, Sessions, StreamableHttp};
use serde_json::json;

use super::front::*;
use crate::{
    fixture::{Fixture, legacy_call},
    sessions::initialize,
};

fn app() -> Router {
    let mcp = StreamableHttp::new(Fixture::default()).sessions(Sessions::in_memory());
    Router::new()
        .route_service("/mcp", mcp.into_service())
        .merge(LegacySse::new(Fixture::default()).into_router("/sse", "/messages/"))
}

#[tokio::test]
async fn a_function_refuses_to_open_a_session() {
    for front in FRONTS {
        let post = front.event().method("POST").path("/mcp");
        let opening = post.body(&initialize("2025-11-25").to_string());
        let stream = front.event().method("GET").path("/sse").body("");
        for event in [opening, stream] {
            let answer = invoke(&app(), event).await;
            assert_eq!(answer.status, StatusCode::NOT_IMPLEMENTED);
            assert!(!answer.headers.contains_key("mcp-session-id"));
            let reason = answer.json()["error"]["message"].to_string();
            assert!(reason.contains("without `sessions`"), "{reason}");
        }
    }
}

#[tokio::test]
async fn a_function_serves_what_needs_no_session() {
    let event = ALB.event().method("POST").path("/mcp");
    let answer = invoke(&app(), event.body(&legacy_call("echo"))).await;
    let text = &answer.json()["result"]["content"][0]["text"];
    assert_eq!(*text, json!(r#"{"a":1}"#));
}
