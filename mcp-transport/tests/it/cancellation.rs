//! What a disconnection means: cancellation in 2026-07-28, nothing before.

use std::pin::pin;

use futures_util::poll;
use tower::ServiceExt;

use crate::fixture::*;

#[tokio::test]
async fn mcp_t10_a_disconnection_cancels_a_modern_call() {
    let fixture = Fixture::default();
    let request = request(&modern("tools/call", Some("wait")), modern_call("wait"));
    {
        let mut response = pin!(app(&fixture).oneshot(request));
        assert!(poll!(&mut response).is_pending());
        fixture.started.notified().await;
    }
    fixture.cancelled.notified().await;
}

#[tokio::test]
async fn mcp_t48_a_disconnection_does_not_cancel_a_legacy_call() {
    for headers in LEGACY {
        let fixture = Fixture::default();
        {
            let request = request(headers, legacy_call("wait"));
            let mut response = pin!(app(&fixture).oneshot(request));
            assert!(poll!(&mut response).is_pending());
            fixture.started.notified().await;
        }
        fixture.go.notify_one();
        fixture.finished.notified().await;
    }
}
