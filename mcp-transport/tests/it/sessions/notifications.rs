//! What a client says unasked has a bound, and takes effect with the rest of its body or not at all.

use std::{sync::Arc, time::Duration};

use axum::Router;
use http::StatusCode;
use portcullis_transport::{SessionLimits, Sessions, Stock, StreamableHttp};
use rmcp::{
    RoleServer, ServerHandler, model::CancelledNotificationParam, service::NotificationContext,
};
use serde_json::{Value, json};
use tokio::sync::{
    Notify,
    mpsc::{self, UnboundedReceiver, UnboundedSender, error::TryRecvError},
};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::client::*;
use crate::fixture::Fixture;

/// Asks the client for its roots whenever they have changed.
struct Curious {
    /// For each notification, a token that is cancelled when the handler has done with it.
    heard: UnboundedSender<CancellationToken>,
    cancelled: Arc<Notify>,
}

impl ServerHandler for Curious {
    #[expect(deprecated, reason = "older clients still have roots")]
    async fn on_roots_list_changed(&self, context: NotificationContext<RoleServer>) {
        let ended = CancellationToken::new();
        let _ = self.heard.send(ended.clone());
        let _ended = ended.drop_guard();
        if context.peer.list_roots().await.is_err() {
            // One that does not care is not left behind either.
            std::future::pending::<()>().await;
        }
    }

    async fn on_cancelled(
        &self,
        _: CancelledNotificationParam,
        _: NotificationContext<RoleServer>,
    ) {
        self.cancelled.notify_one();
    }
}

struct World {
    app: Router,
    heard: UnboundedReceiver<CancellationToken>,
    cancelled: Arc<Notify>,
}

fn curious(max_calls: usize) -> World {
    let (sender, heard) = mpsc::unbounded_channel();
    let cancelled = Arc::new(Notify::new());
    let handler = Curious {
        heard: sender,
        cancelled: cancelled.clone(),
    };
    let mut limits = SessionLimits::default();
    limits.max_calls = max_calls;
    let mcp = StreamableHttp::new(Stock(handler)).sessions(Sessions::in_memory().limits(limits));
    World {
        app: Router::new().route_service("/mcp", mcp.into_service()),
        heard,
        cancelled,
    }
}

fn roots_changed() -> Value {
    json!({"jsonrpc": "2.0", "method": "notifications/roots/list_changed"})
}

#[tokio::test(start_paused = true)]
async fn t29_notifications_that_are_worked_on_are_capped() {
    let mut world = curious(2);
    let client = Client::open(&world.app).await;
    let mut standing = client.listen().await;
    let mut working = Vec::new();
    for _ in 0..2 {
        client.tell(&roots_changed()).await;
        working.push(world.heard.recv().await.unwrap());
    }
    for more in [roots_changed(), ping(1)] {
        let refused = client.post(&more).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(world.heard.try_recv().err(), Some(TryRecvError::Empty));

    // Cancellations, and the answers that make room, get through.
    client.tell(&cancel(7)).await;
    for _ in 0..2 {
        let question = standing.message().await.unwrap();
        client.tell(&roots(&question["id"])).await;
    }
    for ended in &working {
        ended.cancelled().await;
    }
    client.tell(&cancel(7)).await;
    world.cancelled.notified().await;
    client.tell(&roots_changed()).await;
    world.heard.recv().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn t29_a_session_that_ends_takes_its_notifications_along() {
    let mut world = curious(32);
    let client = Client::open(&world.app).await;
    client.tell(&roots_changed()).await;
    let ended = world.heard.recv().await.unwrap();
    client.end().await;
    timeout(Duration::from_secs(1), ended.cancelled())
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn t29_an_idle_session_ends_although_nobody_looks() {
    let mut world = curious(32);
    let client = Client::open(&world.app).await;
    client.tell(&roots_changed()).await;
    let ended = world.heard.recv().await.unwrap();
    let longest = Duration::from_secs(30 * 60 + 61);
    timeout(longest, ended.cancelled()).await.unwrap();
}

/// At 2025-03-26, where bodies are batches.
#[tokio::test]
async fn a_refused_batch_has_had_no_effect() {
    let fixture = Fixture::default();
    let client = Client::open_as(&app(&fixture), "alice", "2025-03-26").await;
    let mut running = client.ask(&call(1, "ask")).await;
    let question = running.message().await.unwrap();

    let answer = roots(&question["id"]);
    let batch = json!([cancel(1), answer, initialized(), call(1, "echo")]);
    let refused = client.post(&batch).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let heard = fixture.initialized.notified();
    assert!(
        timeout(Duration::ZERO, heard).await.is_err(),
        "the handler was told something"
    );
    assert!(
        timeout(Duration::ZERO, running.event()).await.is_err(),
        "the call has been cancelled or answered"
    );

    client.tell(&answer).await;
    assert_eq!(text(&running.message().await.unwrap()), "answered");
}
