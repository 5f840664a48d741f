//! A server written with rmcp's own macros, unchanged.

use axum::Router;
use http::request::Parts;
use portcullis_transport::{Stock, StreamableHttp};
use rmcp::{
    ServerHandler,
    handler::server::{tool::Extension, wrapper::Parameters},
    schemars, tool, tool_handler, tool_router,
};
use serde_json::json;

use crate::fixture::*;

#[derive(Clone)]
struct Adder;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Terms {
    a: i64,
    b: i64,
}

#[tool_router]
impl Adder {
    #[tool(description = "Adds two numbers")]
    fn add(&self, Parameters(Terms { a, b }): Parameters<Terms>) -> String {
        (a + b).to_string()
    }

    #[tool(description = "Says who calls")]
    fn caller(&self, Extension(parts): Extension<Parts>) -> String {
        parts
            .extensions
            .get::<&'static str>()
            .copied()
            .unwrap_or("nobody")
            .to_owned()
    }
}

#[tool_handler(name = "adder", version = "1.2.3")]
impl ServerHandler for Adder {}

fn adder() -> Router {
    Router::new().route_service("/mcp", StreamableHttp::new(Stock(Adder)).into_service())
}

#[tokio::test]
async fn stock_tools_are_listed_and_called() {
    let app = adder();
    let list = modern_body("tools/list", json!({}));
    let answer = post(&app, &modern("tools/list", None), list).await;
    assert_eq!(
        answer.json()["result"]["tools"].as_array().unwrap().len(),
        2
    );

    let call = modern_body(
        "tools/call",
        json!({"name": "add", "arguments": {"a": 2, "b": 3}}),
    );
    let answer = post(&app, &modern("tools/call", Some("add")), call).await;
    assert_eq!(answer.json()["result"]["content"][0]["text"], "5");
}

#[tokio::test]
async fn stock_extractors_find_the_parts_of_the_request() {
    let mut request = request(V2025_06_18, legacy_call("caller"));
    request.extensions_mut().insert("alice");
    let answer = send(&adder(), request).await;
    assert_eq!(answer.json()["result"]["content"][0]["text"], "alice");
}
