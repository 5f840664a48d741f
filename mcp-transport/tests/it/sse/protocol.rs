//! Two routes, a first event, and answers on the stream.

use axum::body::Body;
use http::{Method, Request, StatusCode};
use rstest::rstest;
use serde_json::json;
use tower::ServiceExt;

use super::client::*;
use crate::fixture::{Fixture, send};

/// mcp-remote's `http-first` falls back to this transport when it reads 405.
#[rstest]
#[case(Method::POST, STREAM, "GET")]
#[case(Method::HEAD, STREAM, "GET")]
#[case(Method::DELETE, STREAM, "GET")]
#[case(Method::GET, MESSAGES, "POST")]
#[case(Method::DELETE, MESSAGES, "POST")]
#[tokio::test]
async fn mcp_t70_each_route_has_one_method(
    #[case] method: Method,
    #[case] path: &str,
    #[case] allow: &str,
) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .body(Body::from(initialize("2025-06-18").to_string()))
        .unwrap();
    let answer = send(&app(&Fixture::default()), request).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers["allow"], allow);
}

#[tokio::test]
async fn mcp_t71_the_endpoint_event_is_first() {
    let app = app(&Fixture::default());
    let response = app.clone().oneshot(get("alice")).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["x-accel-buffering"], "no");

    let client = Client::read(&app, "alice", response).await;
    assert!(client.url.starts_with(MESSAGES), "{}", client.url);
}

#[tokio::test]
async fn mcp_t72_answers_are_message_events() {
    let mut client = Client::open(&app(&Fixture::default())).await;
    let result = client.initialize("2024-11-05").await;
    assert_eq!(result["protocolVersion"], "2024-11-05");
    assert_eq!(result["serverInfo"]["name"], "fixture");

    let pong = client
        .ask(&json!({"jsonrpc": "2.0", "id": "p", "method": "ping"}))
        .await;
    assert_eq!(pong["result"], json!({}));
    let echo = client.ask(&call(7, "echo")).await;
    assert_eq!(text(&echo), r#"{"a":1}"#);
}

#[rstest]
#[case("2024-11-05", "2024-11-05")]
#[case("2025-03-26", "2025-03-26")]
#[case("2025-06-18", "2025-06-18")]
#[case("2025-11-25", "2025-11-25")]
#[case("1999-01-01", "2025-11-25")]
#[case::too_new("2026-07-28", "2025-11-25")]
#[tokio::test]
async fn mcp_t74_initialize_negotiates(#[case] named: &str, #[case] agreed: &str) {
    let mut client = Client::open(&app(&Fixture::default())).await;
    assert_eq!(client.initialize(named).await["protocolVersion"], agreed);
}

/// A browser's `EventSource` reconnects by itself; its client does not know of the new session.
#[tokio::test]
async fn sse_a_session_needs_no_handshake() {
    let mut client = Client::open(&app(&Fixture::default())).await;
    assert_eq!(text(&client.ask(&call(1, "echo")).await), r#"{"a":1}"#);
}

/// Clients of 2026-07-28 try discovery, and need an error on the stream to fall back.
#[tokio::test]
async fn mcp_t75_discovery_is_answered_by_an_error_on_the_stream() {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let mut client = Client::open(&app(&Fixture::default())).await;
    for params in [json!({"_meta": meta}), json!({})] {
        let discover =
            json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": params});
        assert_eq!(client.ask(&discover).await["error"]["code"], -32601);
    }
    let mut modern = call(2, "echo");
    modern["params"]["_meta"] = meta;
    let error = client.ask(&modern).await["error"].clone();
    assert_eq!(error["code"], -32022);
    let supported = error["data"]["supported"].as_array().unwrap();
    assert!(supported.contains(&json!("2024-11-05")));
    assert!(!supported.contains(&json!("2026-07-28")));

    assert_eq!(
        client.initialize("2025-11-25").await["protocolVersion"],
        "2025-11-25"
    );
}

#[tokio::test]
async fn sse_errors_of_a_request_are_on_the_stream() {
    let mut client = Client::open(&app(&Fixture::default())).await;
    let unknown = json!({"jsonrpc": "2.0", "id": 1, "method": "no/such"});
    assert_eq!(client.ask(&unknown).await["error"]["code"], -32601);
    let unfit = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": 7}});
    assert_eq!(client.ask(&unfit).await["error"]["code"], -32602);
    let error = client.ask(&call(3, "panic")).await["error"].clone();
    assert_eq!(error["code"], -32603);
    assert!(!error.to_string().contains("secret"));
    assert_eq!(text(&client.ask(&call(4, "echo")).await), r#"{"a":1}"#);
}

#[rstest]
#[case::not_json("hello", -32700)]
#[case::repeated_member(r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}"#, -32600)]
#[case::miscased_member(r#"{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}"#, -32600)]
#[case::repeated_in_params(
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","name":"count"}}"#,
    -32600
)]
#[case::repeated_in_notification(
    r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"requestId":2}}"#,
    -32600
)]
#[case::shapeless("{}", -32600)]
#[case::unreadable_answer(r#"{"jsonrpc":"2.0","id":"0-0","error":7}"#, -32600)]
#[tokio::test]
async fn sse_malformed_messages_are_400(#[case] body: &'static str, #[case] code: i64) {
    let fixture = Fixture::default();
    let client = Client::open(&app(&fixture)).await;
    let answer = send(&client.app, client.request(body)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.code(), code);
    assert_eq!(fixture.called(), 0);
}

#[tokio::test]
async fn mcp_t74_batches_follow_the_revision() {
    let batch = json!([call(1, "echo"), call(2, "echo"),
        {"jsonrpc": "2.0", "method": "notifications/initialized"}]);
    for version in ["2024-11-05", "2025-03-26"] {
        let mut client = Client::open(&app(&Fixture::default())).await;
        client.initialize(version).await;
        client.tell(&batch).await;
        let mut ids = [client.message().await, client.message().await]
            .map(|answer| answer.unwrap()["id"].as_i64().unwrap());
        ids.sort_unstable();
        assert_eq!(ids, [1, 2]);
    }
    let mut client = Client::open(&app(&Fixture::default())).await;
    client.initialize("2025-06-18").await;
    assert_eq!(client.post(&batch).await.status, StatusCode::BAD_REQUEST);
}

#[rstest]
#[case("text/event-stream", StatusCode::OK)]
#[case("*/*", StatusCode::OK)]
#[case("application/json", StatusCode::NOT_ACCEPTABLE)]
#[tokio::test]
async fn sse_accept_is_judged_by_its_meaning(#[case] accept: &str, #[case] status: StatusCode) {
    let mut request = get("alice");
    request
        .headers_mut()
        .insert("accept", accept.parse().unwrap());
    let response = app(&Fixture::default()).oneshot(request).await.unwrap();
    assert_eq!(response.status(), status);
}

#[tokio::test]
async fn t26_messages_must_say_that_they_are_json() {
    let fixture = Fixture::default();
    let client = Client::open(&app(&fixture)).await;
    let mut request = client.request(call(1, "echo").to_string());
    request
        .headers_mut()
        .insert("content-type", "text/plain".parse().unwrap());
    let answer = send(&client.app, request).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(fixture.called(), 0);
}

#[tokio::test]
async fn t34_a_header_that_contradicts_the_body_is_refused() {
    let fixture = Fixture::default();
    let client = Client::open(&app(&fixture)).await;
    let mut request = client.request(call(1, "echo").to_string());
    request
        .headers_mut()
        .insert("mcp-name", "count".parse().unwrap());
    let answer = send(&client.app, request).await;
    assert_eq!(answer.code(), -32020);
    assert_eq!(fixture.called(), 0);
}
