//! What an author of a server bounds reaches its transport, whichever that is.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use portcullis::{
    App, BuildError, McpServerBuilder,
    auth::Bearer,
    prelude::*,
    transport::{Limits, Sessions, SseLimits},
};
use rstest::rstest;
use serde_json::json;

use crate::{
    sse::Session,
    support::{Desk, MCP, ORIGIN, Plain, get, send},
};

const SSE: &str = "https://mcp.example.com/desk/sse";

type Builder = McpServerBuilder<Desk, Bearer<Plain>>;

fn server(resource: &str) -> Builder {
    McpServer::new(resource, Desk).auth(Bearer(Plain))
}

fn app(server: Builder) -> Router {
    let server = server.build().unwrap();
    App::new(ORIGIN).server(server).into_router().unwrap()
}

fn post(path: &str, bytes: usize) -> Request<Body> {
    let mut ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}).to_string();
    ping.extend(std::iter::repeat_n(' ', bytes - ping.len()));
    Request::post(path)
        .header(header::HOST, "mcp.example.com")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream")
        .header(header::AUTHORIZATION, "Bearer alice")
        .body(ping.into())
        .unwrap()
}

fn small() -> Limits {
    let mut limits = Limits::default();
    limits.max_body_bytes = 100;
    limits
}

#[rstest]
#[case::stateless(server(MCP))]
#[case::with_sessions(server(MCP).sessions(Sessions::in_memory()))]
#[tokio::test]
async fn t29_the_author_bounds_bodies(#[case] server: Builder) {
    let app = app(server.limits(small()));
    let read = send(&app, post("/desk/mcp", 100)).await;
    assert_eq!(read.status, StatusCode::OK);
    let refused = send(&app, post("/desk/mcp", 101)).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn t29_the_author_bounds_bodies_over_sse() {
    let app = app(server(SSE).legacy_sse().limits(small()));
    let session = Session::open(&app, "alice").await;
    let read = send(&app, post(&session.url, 100)).await;
    assert_eq!(read.status, StatusCode::ACCEPTED);
    let refused = send(&app, post(&session.url, 101)).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn t29_the_author_bounds_sse_sessions() {
    let mut limits = SseLimits::default();
    limits.max_sessions = 0;
    let app = app(server(SSE).sse_limits(limits).legacy_sse());
    let open = get("/desk/sse").header(header::AUTHORIZATION, "Bearer alice");
    let refused = send(&app, open.body(Body::empty()).unwrap()).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[test]
fn limits_of_sessions_that_do_not_exist_are_not_built() {
    let built = server(MCP).sse_limits(SseLimits::default()).build();
    assert!(matches!(built, Err(BuildError::LimitsWithoutSse)));
}
