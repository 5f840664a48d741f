//! Idle streams, and the end of every stream. Time is paused: it moves when everybody waits.

use std::time::Duration;

use portcullis_transport::SseLimits;
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use super::client::*;
use crate::fixture::Fixture;

fn limited(fixture: &Fixture, idle: u64, max_age: u64) -> axum::Router {
    let mut limits = SseLimits::default();
    limits.idle = Duration::from_secs(idle);
    limits.max_age = Duration::from_secs(max_age);
    app_with(fixture, |sse| sse.sse_limits(limits))
}

#[tokio::test(start_paused = true)]
async fn t29_idle_streams_carry_comments() {
    let mut client = Client::open(&app(&Fixture::default())).await;
    for _ in 0..4 {
        let before = Instant::now();
        assert_eq!(client.frame().await.unwrap(), ": keep-alive\n\n");
        assert_eq!(before.elapsed().as_secs(), 15);
    }
}

#[tokio::test(start_paused = true)]
async fn t29_an_idle_session_ends() {
    let mut client = Client::open(&limited(&Fixture::default(), 60, 3600)).await;
    let opened = Instant::now();
    sleep(Duration::from_secs(50)).await;
    // A message of the client keeps it open.
    assert_eq!(text(&client.ask(&call(1, "echo")).await), r#"{"a":1}"#);
    let ping = json!({"jsonrpc": "2.0", "method": "notifications/roots/list_changed"});
    client.tell(&ping).await;

    assert_eq!(client.message().await, None);
    assert!((105..=125).contains(&opened.elapsed().as_secs()));
    assert_eq!(client.post(&ping).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn t29_a_running_call_keeps_its_session() {
    let fixture = Fixture::default();
    let mut client = Client::open(&limited(&fixture, 60, 3600)).await;
    client.tell(&call(1, "wait")).await;
    let go = fixture.go.clone();
    tokio::spawn(async move {
        sleep(Duration::from_secs(600)).await;
        go.notify_one();
    });
    assert_eq!(text(&client.message().await.unwrap()), "waited");
}

#[tokio::test(start_paused = true)]
async fn t29_no_session_outlives_its_maximum_age() {
    let fixture = Fixture::default();
    let mut client = Client::open(&limited(&fixture, 3600, 100)).await;
    let opened = Instant::now();
    client.tell(&call(1, "wait")).await;
    assert_eq!(client.message().await, None);
    assert!((100..=115).contains(&opened.elapsed().as_secs()));
    assert_eq!(client.post(&call(2, "echo")).await.status, 404);
}

/// Its reader is stuck, and nobody posts or opens anything.
#[tokio::test(start_paused = true)]
async fn t29_a_call_ends_with_its_session_although_nobody_looks() {
    let fixture = Fixture::default();
    let client = Client::open(&limited(&fixture, 3600, 100)).await;
    client.tell(&call(1, "wait")).await;
    let cancelled = timeout(Duration::from_secs(165), fixture.cancelled.notified());
    cancelled.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_empty_table_runs_no_task() {
    let client = Client::open(&app(&Fixture::default())).await;
    let tasks = tokio::runtime::Handle::current().metrics();
    assert_eq!(tasks.num_alive_tasks(), 1);
    let app = client.app.clone();
    drop(client);
    sleep(Duration::from_secs(61)).await;
    assert_eq!(tasks.num_alive_tasks(), 0);
    // The next session is looked after again.
    let _client = Client::open(&app).await;
    assert_eq!(tasks.num_alive_tasks(), 1);
}
