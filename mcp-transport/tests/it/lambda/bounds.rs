//! What Lambda cannot do is an error that says so, and never a hang.

use std::time::Duration;

use axum::{Router, body::Body, routing::any};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{StatusCode, header};
use rstest::rstest;
use serde_json::json;
use tokio::time::Instant;

use super::front::*;
use crate::fixture::{Fixture, app, legacy_call, modern, modern_call};

const ASKED: &str = r#"{"jsonrpc":"2.0","id":"seven","method":"tools/call"}"#;

fn answering(body: impl Fn() -> Body + Clone + Send + Sync + 'static) -> Router {
    let events = [(header::CONTENT_TYPE, "text/event-stream")];
    Router::new().route("/mcp", any(async move || (events, body())))
}

#[rstest]
#[case::fits(ALB, "a", 999_000, StatusCode::OK)]
#[case::load_balancer(ALB, "a", 1_000_000, StatusCode::INTERNAL_SERVER_ERROR)]
#[case::multi_value(ALB_MULTI_VALUE, "a", 1_000_000, StatusCode::INTERNAL_SERVER_ERROR)]
#[case::as_json_text(ALB, "\"", 600_000, StatusCode::INTERNAL_SERVER_ERROR)]
#[case::other_fronts_take_it(HTTP_API, "\"", 600_000, StatusCode::OK)]
#[case::http_api(HTTP_API, "a", 6 << 20, StatusCode::INTERNAL_SERVER_ERROR)]
#[case::function_url(FUNCTION_URL, "a", 6 << 20, StatusCode::INTERNAL_SERVER_ERROR)]
#[tokio::test]
async fn t29_an_answer_beyond_the_fronts_size_is_500(
    #[case] front: Front,
    #[case] of: &str,
    #[case] times: usize,
    #[case] status: StatusCode,
) {
    let text = of.repeat(times);
    let app = answering(move || Body::from(text.clone()));
    let answer = invoke(&app, front.event().body(ASKED)).await;
    assert_eq!(answer.status, status);
    if status != StatusCode::OK {
        assert_eq!(answer.code(), -32603);
        assert_eq!(answer.json()["id"], "seven");
        assert!(answer.text.contains("ask for less"), "{}", answer.text);
    }
}

#[tokio::test]
async fn t29_a_flood_is_cut_at_the_bound() {
    let chunk = Bytes::from_static(&[b'a'; 64 * 1024]);
    let app = answering(move || {
        let chunk = chunk.clone();
        Body::from_stream(stream::repeat_with(move || {
            Ok::<_, std::io::Error>(chunk.clone())
        }))
    });
    for front in FRONTS {
        let answer = invoke(&app, front.event()).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    }
}

#[rstest]
#[case::load_balancer(ALB, 60)]
#[case::multi_value(ALB_MULTI_VALUE, 60)]
#[case::http_api(HTTP_API, 29)]
#[case::stage(HTTP_API_STAGE, 29)]
#[case::function_url(FUNCTION_URL, 60)]
#[tokio::test(start_paused = true)]
async fn a_stream_without_end_is_504_within_the_invocation(
    #[case] front: Front,
    #[case] secs: u64,
) {
    let app = answering(|| {
        let first = stream::iter([Ok::<_, std::io::Error>("data: {}\n\n")]);
        Body::from_stream(first.chain(stream::pending()))
    });
    let start = Instant::now();
    let answer = invoke(&app, front.event().body(ASKED)).await;
    assert!(start.elapsed() <= Duration::from_secs(secs));
    assert!(start.elapsed() >= Duration::from_secs(secs - 1));
    assert_eq!(answer.status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(answer.content_type(), "application/json");
    assert_eq!(answer.json()["id"], "seven");
    assert_eq!(answer.code(), -32603);
    assert!(answer.text.contains("RESPONSE_STREAM"), "{}", answer.text);
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_does_not_answer_is_504_and_hears_of_it() {
    for front in FRONTS {
        let fixture = Fixture::default();
        let mut event = front.event().body(&modern_call("wait"));
        for (name, value) in modern("tools/call", Some("wait")) {
            event = event.header(name, value);
        }
        let answer = invoke(&app(&fixture), event).await;
        assert_eq!(answer.status, StatusCode::GATEWAY_TIMEOUT);
        assert_eq!(answer.json()["id"], 1);
        fixture.cancelled.notified().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_invocation_without_time_is_504_at_once() {
    let event = ALB.event().body(&legacy_call("wait")).0.to_string();
    let function = function(&app(&Fixture::default()));
    let answer = function.invoke(&event, Duration::ZERO).await.unwrap();
    let text = format!("{answer:?}");
    assert!(text.contains("504 Gateway Timeout"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn no_invocation_lasts_longer_than_a_quarter_of_an_hour() {
    let event = ALB.event().body(&legacy_call("wait")).0.to_string();
    let function = function(&app(&Fixture::default()));
    let start = Instant::now();
    function.invoke(&event, Duration::MAX).await.unwrap();
    assert!(start.elapsed() <= Duration::from_secs(15 * 60 + 1));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_500() {
    let app = answering(|| {
        let broken = std::io::Error::other("the secret reason");
        Body::from_stream(stream::iter([Ok("data: "), Err(broken)]))
    });
    let answer = invoke(&app, FUNCTION_URL.event().body(ASKED)).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!answer.text.contains("secret"));
}

/// Event streams that end are complete, in one piece.
#[tokio::test]
async fn a_stream_with_an_end_is_buffered() {
    let app = app(&Fixture::default());
    for front in FRONTS {
        let event = front.event().body(&legacy_call("count"));
        let answer = invoke(&app, event).await;
        assert_eq!(answer.status, StatusCode::OK);
        let events = answer.events();
        assert_eq!(events.len(), 4, "{events:?}");
        assert_eq!(events[3]["id"], json!(1));
    }
}
