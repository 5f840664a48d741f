//! A server that stops ends its streams, but answers what runs.

use http::StatusCode;
use portcullis_transport::Shutdown;
use serde_json::json;

use super::client::*;
use crate::fixture::{Fixture, send};

#[tokio::test]
async fn sse_a_shutdown_ends_streams_after_their_answers() {
    let fixture = Fixture::default();
    let shutdown = Shutdown::manual();
    let app = app_with(&fixture, |sse| sse.shutdown(shutdown.clone()));
    let mut idle = Client::open(&app).await;
    let mut busy = Client::open(&app).await;
    busy.tell(&call(1, "wait")).await;
    fixture.started.notified().await;

    shutdown.trigger();
    assert_eq!(idle.message().await, None);
    let late = send(&app, get("alice")).await;
    assert_eq!(late.status, StatusCode::SERVICE_UNAVAILABLE);
    let refused = busy.post(&call(2, "echo")).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);

    // What runs may still be answered, and cancelled.
    let answer = json!({"jsonrpc": "2.0", "id": "0-0", "result": {"roots": []}});
    busy.tell(&answer).await;

    fixture.go.notify_one();
    assert_eq!(text(&busy.message().await.unwrap()), "waited");
    assert_eq!(busy.message().await, None);
}
