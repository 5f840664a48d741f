//! What the values of a body may take when they are decoded. The memory itself is counted in
//! `tests/memory.rs`.

use http::StatusCode;
use portcullis_transport::{DecodingBudget, LegacySse, Limits, Sessions, StreamableHttp};
use rstest::rstest;
use serde_json::{Value, json};

use crate::fixture::*;

const MANY: usize = 1_000;

/// A call with many small values.
fn call(tool: &str) -> Value {
    let values = vec![json!({"": 0}); MANY];
    json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": tool, "arguments": {"values": values}},
    })
}

#[rstest]
#[case::call(call("echo").to_string())]
#[case::batch(json!([call("echo")]).to_string())]
#[case::notification(json!({"jsonrpc": "2.0", "method": "a/b", "params": call("echo")}).to_string())]
#[case::answer(json!({"jsonrpc": "2.0", "id": 1, "result": call("echo")}).to_string())]
#[tokio::test]
async fn t29_a_body_holds_only_so_many_values(#[case] body: String) {
    let fixture = Fixture::default();
    let small = app_limited(&fixture, |limits| limits.max_decoded_bytes = 100 * 1024);
    let answer = post(&small, &[], body.clone()).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::BAD_REQUEST, -32600)
    );
    assert!(answer.text.contains("send fewer"), "{answer:?}");
    assert_eq!(fixture.called(), 0);

    let answer = post(&app(&fixture), &[], body).await;
    assert!(answer.status.is_success(), "{answer:?}");
}

/// Text that looks like JSON is text.
#[tokio::test]
async fn a_long_text_counts_as_one_value() {
    let app = app_limited(&Fixture::default(), |limits| {
        limits.max_decoded_bytes = 100 * 1024;
    });
    let mut call = call("echo");
    call["params"]["arguments"] = json!({"text": call.to_string()});
    assert_eq!(
        post(&app, &[], call.to_string()).await.status,
        StatusCode::OK
    );
}

/// Slow calls hold what they were given; there is no room for more until they end.
#[tokio::test]
async fn t29_calls_share_a_budget_for_what_they_hold() {
    let fixture = Fixture::default();
    let budget = DecodingBudget::new(1_000 * 1024);
    let app = app_limited(&fixture, |limits| limits.decoding_budget = budget.clone());
    // Another endpoint, with the same budget.
    let other = app_limited(&fixture, |limits| limits.decoding_budget = budget);
    let waiting = tokio::spawn({
        let app = app.clone();
        async move { post(&app, &[], call("wait").to_string()).await }
    });
    fixture.started.notified().await;

    let refused = post(&other, &[], call("echo").to_string()).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers.contains_key("retry-after"));
    // What is small needs no room.
    let small = post(&other, &[], legacy_call("echo")).await;
    assert_eq!(small.status, StatusCode::OK);

    fixture.go.notify_one();
    assert_eq!(waiting.await.unwrap().status, StatusCode::OK);
    let answer = post(&other, &[], call("echo").to_string()).await;
    assert_eq!(answer.status, StatusCode::OK);
}

/// Slow calls of one user leave room for others.
#[tokio::test]
async fn t29_no_caller_takes_the_whole_budget() {
    let fixture = Fixture::default();
    let mut limits = Limits::default();
    limits.decoding_budget = DecodingBudget::new(4 * 1024 * 1024);
    let mcp = StreamableHttp::new(fixture.clone())
        .owner(named)
        .limits(limits);
    let app = axum::Router::new().route_service("/mcp", mcp.into_service());
    let post_as = async |caller: &'static str, tool: &str| {
        let mut request = request(&[], call(tool).to_string());
        request.extensions_mut().insert(caller);
        send(&app, request).await
    };
    let mut waiting = std::pin::pin!(post_as("alice", "wait"));
    assert!(futures_util::poll!(&mut waiting).is_pending());

    let refused = post_as("alice", "echo").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(post_as("bob", "echo").await.status, StatusCode::OK);

    fixture.go.notify_one();
    assert_eq!(waiting.await.status, StatusCode::OK);
    assert_eq!(post_as("alice", "echo").await.status, StatusCode::OK);
}

/// A session lasts for hours, and what its client says of itself with it.
#[tokio::test]
async fn t29_a_session_keeps_only_so_much_of_its_handshake() {
    let initialize = |features: usize| {
        let features: serde_json::Map<_, _> = (0..features)
            .map(|feature| (feature.to_string(), json!({"": 0})))
            .collect();
        json!({
            "jsonrpc": "2.0", "id": 0, "method": "initialize",
            "params": {
                "protocolVersion": "2025-11-25", "capabilities": {"experimental": features},
                "clientInfo": {"name": "client", "version": "1"},
            },
        })
        .to_string()
    };
    let mcp = StreamableHttp::new(Fixture::default()).sessions(Sessions::in_memory());
    let app = axum::Router::new().route_service("/mcp", mcp.into_service());
    let opened = post(&app, &[], initialize(100)).await;
    assert!(opened.headers.contains_key("mcp-session-id"), "{opened:?}");
    let refused = post(&app, &[], initialize(1_000)).await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::BAD_REQUEST, -32600)
    );

    let sse = LegacySse::new(Fixture::default()).into_router("/sse", "/mcp");
    let stream = open_stream(&sse).await;
    let refused = post_to(&sse, &stream, initialize(1_000)).await;
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::BAD_REQUEST, -32600)
    );
    let accepted = post_to(&sse, &stream, initialize(100)).await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED);
}

/// A stream of HTTP+SSE, and where its client posts to.
struct Stream {
    _events: axum::body::Body,
    endpoint: String,
}

async fn open_stream(sse: &axum::Router) -> Stream {
    let stream = http::Request::get("/sse")
        .header("accept", "text/event-stream")
        .body(axum::body::Body::empty())
        .unwrap();
    let stream = tower::ServiceExt::oneshot(sse.clone(), stream)
        .await
        .unwrap();
    let mut events = stream.into_body();
    let first = http_body_util::BodyExt::frame(&mut events).await.unwrap();
    let first = first.unwrap().into_data().unwrap();
    let first = String::from_utf8(first.to_vec()).unwrap();
    let (_, endpoint) = first.split_once("data: ").unwrap();
    Stream {
        endpoint: endpoint.trim().to_owned(),
        _events: events,
    }
}

async fn post_to(sse: &axum::Router, stream: &Stream, body: String) -> Answer {
    let mut posted = request(&[], body);
    *posted.uri_mut() = stream.endpoint.parse().unwrap();
    send(sse, posted).await
}

/// The same rule in sessions, and over HTTP+SSE.
#[tokio::test]
async fn t29_sessions_hold_only_so_many_values() {
    let mut limits = Limits::default();
    limits.max_decoded_bytes = 100 * 1024;
    let initialize = json!({
        "jsonrpc": "2.0", "id": 0, "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": "client", "version": "1"},
        },
    });
    let mcp = StreamableHttp::new(Fixture::default())
        .limits(limits.clone())
        .sessions(Sessions::in_memory());
    let app = axum::Router::new().route_service("/mcp", mcp.into_service());
    let opened = post(&app, &[], initialize.to_string()).await;
    let session = opened.headers["mcp-session-id"].to_str().unwrap();
    let answer = post(
        &app,
        &[("mcp-session-id", session)],
        call("echo").to_string(),
    )
    .await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::BAD_REQUEST, -32600)
    );

    let sse = LegacySse::new(Fixture::default())
        .limits(limits)
        .into_router("/sse", "/mcp");
    let stream = open_stream(&sse).await;
    let answer = post_to(&sse, &stream, call("echo").to_string()).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::BAD_REQUEST, -32600)
    );
}
