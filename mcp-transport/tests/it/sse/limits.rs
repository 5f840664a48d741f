//! What one client can cost.

use std::time::Duration;

use http::StatusCode;
use portcullis_transport::{Limits, SseLimits};
use serde_json::json;
use tower::ServiceExt;

use super::client::*;
use crate::fixture::{Answer, Fixture, send};

fn sse_limits(change: impl FnOnce(&mut SseLimits)) -> SseLimits {
    let mut limits = SseLimits::default();
    change(&mut limits);
    limits
}

fn queue_of_one() -> Limits {
    let mut limits = Limits::default();
    limits.stream_queue = 1;
    limits
}

async fn refused(app: &axum::Router, caller: &'static str) -> Answer {
    send(app, get(caller)).await
}

#[tokio::test]
async fn t29_sessions_are_capped_in_total_and_per_owner() {
    let app = app_with(&Fixture::default(), |sse| {
        sse.sse_limits(sse_limits(|limits| {
            limits.max_sessions = 3;
            limits.max_sessions_per_owner = 2;
        }))
    });
    let first = Client::open_as(&app, "alice").await;
    let _second = Client::open_as(&app, "alice").await;
    let third = refused(&app, "alice").await;
    assert_eq!(third.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(third.headers.contains_key("retry-after"));
    assert!(third.json()["error"]["message"].is_string());

    let _bob = Client::open_as(&app, "bob").await;
    let full = refused(&app, "carol").await;
    assert_eq!(full.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(full.headers.contains_key("retry-after"));
    assert!(full.json()["error"]["message"].is_string());

    drop(first);
    let _third = Client::open_as(&app, "alice").await;
}

#[tokio::test]
async fn t29_running_calls_are_capped() {
    let fixture = Fixture::default();
    let app = app_with(&fixture, |sse| {
        sse.sse_limits(sse_limits(|limits| limits.max_calls = 1))
    });
    let mut client = Client::open(&app).await;
    client.tell(&call(1, "wait")).await;
    fixture.started.notified().await;
    let busy = client.post(&call(2, "echo")).await;
    assert_eq!(busy.status, StatusCode::TOO_MANY_REQUESTS);
    let batch = client
        .post(&json!([call(3, "echo"), call(4, "echo")]))
        .await;
    assert_eq!(batch.status, StatusCode::TOO_MANY_REQUESTS);
    fixture.go.notify_one();
    assert_eq!(text(&client.message().await.unwrap()), "waited");
    assert_eq!(fixture.called(), 1);
}

#[tokio::test]
async fn t29_bodies_are_bounded() {
    let app = app_with(&Fixture::default(), |sse| {
        let mut limits = Limits::default();
        limits.max_body_bytes = 200;
        sse.limits(limits)
    });
    let client = Client::open(&app).await;
    let large =
        json!({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"a": "a".repeat(200)}});
    assert_eq!(
        client.post(&large).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[tokio::test]
async fn t29_deep_json_is_refused() {
    let fixture = Fixture::default();
    let mut client = Client::open(&app(&fixture)).await;
    let deep = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"echo","arguments":{{"a":{}{}}}}}}}"#,
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    let answer = send(&client.app, client.request(deep)).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(client.message().await.unwrap()["error"]["code"], -32602);
    assert_eq!(fixture.called(), 0);
}

#[tokio::test]
async fn t29_a_slow_reader_holds_its_own_call_only() {
    let app = app_with(&Fixture::default(), |sse| sse.limits(queue_of_one()));
    let mut slow = Client::open(&app).await;
    let mut brisk = Client::open(&app).await;
    slow.tell(&call(1, "count")).await;
    assert_eq!(text(&brisk.ask(&call(1, "echo")).await), r#"{"a":1}"#);
    for step in 1..=3 {
        let progress = slow.message().await.unwrap();
        assert_eq!(progress["params"]["progress"].as_f64(), Some(step.into()));
    }
    assert_eq!(text(&slow.message().await.unwrap()), "counted");
}

#[tokio::test(start_paused = true)]
async fn t29_a_reader_that_takes_nothing_loses_its_session() {
    let app = app_with(&Fixture::default(), |sse| sse.limits(queue_of_one()));
    let mut stuck = Client::open(&app).await;
    let mut brisk = Client::open(&app).await;
    stuck.tell(&call(1, "count")).await;
    tokio::time::sleep(Duration::from_secs(9)).await;
    stuck
        .tell(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))
        .await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let gone = stuck.post(&call(2, "echo")).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert_eq!(stuck.message().await, None);
    assert_eq!(text(&brisk.ask(&call(1, "echo")).await), r#"{"a":1}"#);
}

#[tokio::test(start_paused = true)]
async fn t29_queued_bytes_are_bounded() {
    let app = app_with(&Fixture::default(), |sse| {
        sse.sse_limits(sse_limits(|limits| limits.queue_bytes = 1))
    });
    // A single event may be larger than the bound, or it could never be delivered.
    let mut client = Client::open(&app).await;
    assert_eq!(text(&client.ask(&call(1, "echo")).await), r#"{"a":1}"#);

    client.tell(&call(2, "echo")).await;
    client.tell(&call(3, "echo")).await;
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(client.message().await, None);
}

/// A stuck reader cannot notice that its own session has expired; its place is not lost for ever.
#[tokio::test(start_paused = true)]
async fn t29_an_expired_session_makes_room() {
    let app = app_with(&Fixture::default(), |sse| {
        sse.sse_limits(sse_limits(|limits| limits.max_sessions = 1))
    });
    let stuck = app.clone().oneshot(get("alice")).await.unwrap();
    assert_eq!(
        refused(&app, "bob").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    tokio::time::sleep(SseLimits::default().idle).await;
    let _bob = Client::open_as(&app, "bob").await;
    drop(stuck);
}

/// What thousands of silent clients cost: an entry each, and one task that looks after them all.
#[tokio::test]
async fn t29_ten_thousand_idle_sessions_share_one_task() {
    let limits = sse_limits(|limits| limits.max_sessions = 10_000);
    let app = app_with(&Fixture::default(), |sse| sse.sse_limits(limits));
    let anonymous = || {
        let mut request = get("nobody");
        request.extensions_mut().clear();
        request
    };
    let mut streams = Vec::new();
    for _ in 0..10_000 {
        let response = app.clone().oneshot(anonymous()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        streams.push(response);
    }
    let tasks = tokio::runtime::Handle::current().metrics();
    assert_eq!(tasks.num_alive_tasks(), 1);
    assert_eq!(
        send(&app, anonymous()).await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    drop(streams);
    assert_eq!(
        app.oneshot(anonymous()).await.unwrap().status(),
        StatusCode::OK
    );
}
