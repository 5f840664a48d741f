//! JSON or events: what a tool says before its answer.

use std::time::Duration;

use http::StatusCode;
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::fixture::*;

fn assert_counted(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["x-accel-buffering"], "no");
    let events = answer.events();
    let (last, progress) = events.split_last().unwrap();
    let steps: Vec<_> = progress
        .iter()
        .map(|event| {
            assert_eq!(event["method"], "notifications/progress");
            assert_eq!(event["params"]["progressToken"], "p");
            event["params"]["progress"].as_f64().unwrap()
        })
        .collect();
    assert_eq!(steps, [1.0, 2.0, 3.0]);
    assert_eq!(last["result"]["content"][0]["text"], "counted");
}

#[tokio::test]
async fn mcp_t06_events_in_order_and_the_answer_last() {
    let app = app(&Fixture::default());
    assert_counted(&call_modern(&app, "count").await);
    for headers in LEGACY {
        assert_counted(&post(&app, headers, legacy_call("count")).await);
    }
}

#[tokio::test]
async fn mcp_t06_a_slow_reader_holds_the_tool_not_memory() {
    for messages in [0, 1] {
        let app = app_limited(&Fixture::default(), |limits| limits.stream_queue = messages);
        assert_counted(&call_modern(&app, "count").await);
    }
}

#[tokio::test]
async fn a_client_that_reads_json_only_gets_the_answer_only() {
    let app = app_limited(&Fixture::default(), |limits| limits.stream_queue = 1);
    let mut request = request(V2025_06_18, legacy_call("count"));
    request
        .headers_mut()
        .insert("accept", "application/json".parse().unwrap());
    let answer = send(&app, request).await;
    assert_eq!(answer.content_type(), "application/json");
    assert_eq!(answer.json()["result"]["content"][0]["text"], "counted");
}

/// Without sessions there is no way for an answer to come back, so asking fails instead of hanging.
#[tokio::test]
async fn mcp_t07_a_tool_that_asks_the_client_is_told_so() {
    let app = app(&Fixture::default());
    let modern = call_modern(&app, "ask").await;
    let text = modern.json()["result"]["content"][0]["text"].to_string();
    assert!(text.contains("InputRequiredResult"), "{text}");

    let legacy = post(&app, V2025_06_18, legacy_call("ask")).await;
    let text = legacy.json()["result"]["content"][0]["text"].to_string();
    assert!(text.contains("no session"), "{text}");
}

#[tokio::test]
async fn a_panic_is_an_internal_error_without_its_reason() {
    let app = app(&Fixture::default());
    let modern = call_modern(&app, "panic").await;
    let legacy = post(&app, V2025_06_18, legacy_call("panic")).await;
    for answer in [modern, legacy] {
        assert_eq!(answer.code(), -32603);
        assert!(!answer.text.contains("secret"));
    }
    assert_eq!(call_modern(&app, "echo").await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn mcp_t09_idle_streams_carry_comments() {
    let mcp = portcullis_transport::StreamableHttp::new(portcullis_transport::Stock(Listener));
    let body = listen_body();
    let request = request(&modern("subscriptions/listen", None), body);
    let response = mcp.into_service().oneshot(request).await.unwrap();
    let mut body = response.into_body();

    let mut next = async || {
        let frame = body.frame().await.unwrap().unwrap();
        String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
    };
    let acknowledged = next().await;
    assert!(acknowledged.contains("notifications/subscriptions/acknowledged"));

    let before = tokio::time::Instant::now();
    assert_eq!(next().await, ": keep-alive\n\n");
    assert_eq!(
        before.elapsed().as_secs(),
        Duration::from_secs(15).as_secs()
    );
}
