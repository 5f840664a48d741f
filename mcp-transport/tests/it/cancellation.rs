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

/// Whoever hangs up again and again does not gather calls without end.
#[tokio::test]
async fn t29_calls_without_a_client_are_bounded() {
    for headers in LEGACY {
        let fixture = Fixture::default();
        let app = app_limited(&fixture, |limits| limits.max_unattended = 1);
        for _ in 0..2 {
            let request = request(headers, legacy_call("wait"));
            let mut response = pin!(app.clone().oneshot(request));
            assert!(poll!(&mut response).is_pending());
            fixture.started.notified().await;
        }
        fixture.go.notify_one();
        fixture.finished.notified().await;
        // Nobody else waits to be told, so the word is still there to be had.
        fixture.go.notify_one();
        assert!(poll!(pin!(fixture.go.notified())).is_ready());
    }
}
