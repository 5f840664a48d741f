//! A URL with a slash at its end, as users type it: the same endpoint. And bodies in a coding.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header},
};
use portcullis::{App, auth::Bearer, prelude::*};
use rstest::rstest;
use serde_json::json;

use crate::support::{Desk, MCP, ORIGIN, Plain, fetch, send};

const SSE: &str = "https://mcp.example.com/desk/sse";

fn app() -> Router {
    let server = |resource| McpServer::new(resource, Desk).auth(Bearer(Plain));
    let app = App::new(ORIGIN).server(server(MCP).build().unwrap());
    let app = app.server(server(SSE).legacy_sse().build().unwrap());
    app.into_router().unwrap()
}

fn post(path: &str) -> axum::http::request::Builder {
    Request::post(path)
        .header(header::HOST, "mcp.example.com")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream")
}

fn ping() -> Body {
    json!({"jsonrpc": "2.0", "id": 1, "method": "ping"})
        .to_string()
        .into()
}

#[rstest]
#[case::streamable("/desk/mcp")]
#[case::sse("/desk/sse")]
#[tokio::test]
async fn a_slash_at_the_end_names_the_same_resource(#[case] path: &str) {
    let app = app();
    let with_slash = format!("{path}/");
    let [without, with] = [path, with_slash.as_str()].map(|path| fetch(&app, path));
    let (without, with) = (without.await, with.await);
    assert_eq!(with.status, StatusCode::UNAUTHORIZED);
    assert_eq!(with.challenge(), without.challenge());

    let at = format!("/.well-known/oauth-protected-resource{path}");
    let document = fetch(&app, &at).await;
    assert_eq!(document.json()["resource"], format!("{ORIGIN}{path}"));
    let with_slash = fetch(&app, &format!("{at}/")).await;
    assert_eq!(with_slash.status, StatusCode::OK);
    assert_eq!(with_slash.json(), document.json());
}

#[tokio::test]
async fn a_slash_at_the_end_reaches_the_server() {
    let request = post("/desk/mcp/").header(header::AUTHORIZATION, "Bearer alice");
    let answer = send(&app(), request.body(ping()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert!(answer.json()["result"].is_object());
}

#[rstest]
#[case::gzip("gzip", StatusCode::UNSUPPORTED_MEDIA_TYPE)]
#[case::unknown("x-unheard-of", StatusCode::UNSUPPORTED_MEDIA_TYPE)]
#[case::none("identity", StatusCode::OK)]
#[tokio::test]
async fn a_body_in_a_coding_is_415_and_told_so(#[case] coding: &str, #[case] status: StatusCode) {
    let request = post("/desk/mcp")
        .header(header::AUTHORIZATION, "Bearer alice")
        .header(header::CONTENT_ENCODING, coding);
    let answer = send(&app(), request.body(ping()).unwrap()).await;
    assert_eq!(answer.status, status);
    if status != StatusCode::OK {
        assert!(answer.text.contains("uncompressed"), "{}", answer.text);
        assert_eq!(answer.headers[header::ACCEPT_ENCODING], "identity");
    }
}
