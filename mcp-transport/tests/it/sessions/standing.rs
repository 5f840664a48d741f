//! The stream that belongs to no call, and what a client says unasked.

use std::{sync::Arc, time::Duration};

use axum::Router;
use http::Method;
use portcullis_transport::{Sessions, Stock, StreamableHttp};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        ResourceUpdatedNotificationParam, ServerCapabilities, ServerConfig, SubscribeRequestParams,
    },
    service::RequestContext,
};
use serde_json::{Value, json};
use tokio::{sync::Notify, time::timeout};

use super::client::*;
use crate::fixture::{Fixture, send};

#[tokio::test]
async fn a_handler_hears_that_its_client_is_initialized_and_answers_on_the_standing_stream() {
    let fixture = Fixture::default();
    let client = Client::open(&app(&fixture)).await;
    client.tell(&initialized()).await;
    fixture.initialized.notified().await;
    // What was said before anybody listened is not lost.
    let mut events = client.listen().await;
    let event = events.event().await.unwrap();
    assert_eq!(event.message["method"], "notifications/tools/list_changed");

    client.tell(&initialized()).await;
    let next = events.event().await.unwrap();
    assert_ne!(next.id, event.id);
    drop(events);
    let again = client.resume(&event.id).await.event().await.unwrap();
    assert_eq!(again, next);
}

#[tokio::test]
async fn mcp_t50_answers_do_not_go_to_the_standing_stream() {
    let fixture = Fixture::default();
    let client = Client::open(&app(&fixture)).await;
    let mut standing = client.listen().await;
    let answers = client.ask(&call(1, "count")).await.rest().await;
    assert_eq!(answers.len(), 4);
    client.tell(&initialized()).await;
    let first = standing.message().await.unwrap();
    assert_eq!(first["method"], "notifications/tools/list_changed");
}

#[tokio::test]
async fn a_client_that_never_listens_holds_nobody_up() {
    let fixture = Fixture::default();
    let client = Client::open(&app(&fixture)).await;
    for _ in 0..100 {
        client.tell(&initialized()).await;
        fixture.initialized.notified().await;
    }
    let mut events = client.listen().await;
    for _ in 0..32 {
        events.event().await.unwrap();
    }
    client.end().await;
    assert_eq!(events.event().await, None);
}

#[tokio::test]
async fn a_notification_with_a_repeated_member_is_refused() {
    let client = Client::open(&app(&Fixture::default())).await;
    let body = r#"{"jsonrpc":"2.0","method":"notifications/cancelled",
        "params":{"requestId":1,"requestId":2}}"#;
    let answer = crate::fixture::send(&client.app, client.request(http::Method::POST, body)).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (400, -32600));
    let odd = json!({"jsonrpc": "2.0", "method": "notifications/something/else"});
    client.tell(&odd).await;
}

/// Says that a resource has changed when it is told to, long after the subscription was answered.
struct Watched(Arc<Notify>);

impl ServerHandler for Watched {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_resources()
            .enable_resources_subscribe();
        ServerConfig::new(capabilities.build())
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let changed = self.0.clone();
        tokio::spawn(async move {
            changed.notified().await;
            let update = ResourceUpdatedNotificationParam::new(request.uri);
            context.peer.notify_resource_updated(update).await
        });
        Ok(())
    }
}

/// Each has the subscription answered by events.
#[rstest::rstest]
#[case::alone("2025-11-25", "text/event-stream", json!([]))]
#[case::beside_one_that_speaks("2025-03-26", "application/json, text/event-stream", call(2, "any"))]
#[tokio::test(start_paused = true)]
async fn a_subscription_speaks_after_its_answer(
    #[case] version: &'static str,
    #[case] accept: &str,
    #[case] beside: Value,
) {
    let changed = Arc::new(Notify::new());
    let mcp = StreamableHttp::new(Stock(Watched(changed.clone()))).sessions(Sessions::in_memory());
    let app = Router::new().route_service("/mcp", mcp.into_service());
    let client = Client::open_as(&app, "alice", version).await;
    let subscribe = json!({"jsonrpc": "2.0", "id": 1, "method": "resources/subscribe",
        "params": {"uri": "test:x"}});
    let body = match beside {
        Value::Object(_) => json!([subscribe, beside]),
        _ => subscribe,
    };
    let mut request = client.request(Method::POST, body.to_string());
    request
        .headers_mut()
        .insert("accept", accept.parse().unwrap());
    let answers = send(&app, request).await.events();
    let answer = answers.iter().find(|answer| answer["id"] == 1).unwrap();
    assert_eq!(answer["result"], json!({}));

    changed.notify_one();
    let mut standing = client.listen().await;
    let update = timeout(Duration::from_secs(1), standing.message());
    let update = update.await.unwrap().unwrap();
    assert_eq!(update["method"], "notifications/resources/updated");
}
