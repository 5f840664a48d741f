//! `subscriptions/listen`: how many there may be, and for how long.

use std::{pin::pin, time::Duration};

use axum::body::Body;
use futures_util::poll;
use http::{Response, StatusCode};
use http_body_util::BodyExt;
use portcullis_transport::{Handler, Limits, Stock, StreamableHttp, StreamableHttpService};
use rmcp::{
    ErrorData, RoleServer, Service,
    model::{ClientNotification, ClientRequest, ServerConfig, ServerResult},
    service::{NotificationContext, RequestContext},
};
use serde_json::json;
use tokio::time::{Instant, timeout};
use tower::ServiceExt;

use crate::{fixture::*, frames::Frames};

type Endpoint = StreamableHttpService<Stock<Listener>>;

fn service(change: impl FnOnce(&mut Limits)) -> Endpoint {
    let mut limits = Limits::default();
    change(&mut limits);
    StreamableHttp::new(Stock(Listener))
        .owner(named)
        .limits(limits)
        .into_service()
}

async fn listen(service: &Endpoint, caller: Option<&'static str>) -> Response<Body> {
    let mut request = request(&modern("subscriptions/listen", None), listen_body());
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    service.clone().oneshot(request).await.unwrap()
}

async fn assert_refused(response: Response<Body>, status: StatusCode) {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["retry-after"], "10");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["id"], 1);
    assert_eq!(body["error"]["code"], -32603);
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.contains("subscriptions"), "{message}");
}

#[tokio::test]
async fn t29_subscriptions_of_one_owner_are_capped_and_another_goes_on() {
    let service = service(|limits| limits.max_subscriptions_per_owner = 2);
    let first = listen(&service, Some("alice")).await;
    let second = listen(&service, Some("alice")).await;
    assert_eq!(second.status(), StatusCode::OK);
    let refused = listen(&service, Some("alice")).await;
    assert_refused(refused, StatusCode::TOO_MANY_REQUESTS).await;
    let bob = listen(&service, Some("bob")).await;
    assert_eq!(bob.status(), StatusCode::OK);

    // A client that hangs up leaves its place.
    drop(first);
    let again = listen(&service, Some("alice")).await;
    assert_eq!(again.status(), StatusCode::OK);
    let refused = listen(&service, Some("alice")).await;
    assert_refused(refused, StatusCode::TOO_MANY_REQUESTS).await;
}

#[tokio::test]
async fn t29_subscriptions_are_capped_whoever_begins_them() {
    let service = service(|limits| limits.max_subscriptions = 2);
    let first = listen(&service, Some("alice")).await;
    let _second = listen(&service, None).await;
    for caller in [Some("alice"), Some("bob"), None] {
        let refused = listen(&service, caller).await;
        assert_refused(refused, StatusCode::SERVICE_UNAVAILABLE).await;
    }
    drop(first);
    assert_eq!(listen(&service, Some("bob")).await.status(), StatusCode::OK);
}

/// Nobody can tell them apart, so one of them must not take the place of all.
#[tokio::test]
async fn t29_callers_without_an_owner_count_towards_the_total_only() {
    let service = service(|limits| limits.max_subscriptions_per_owner = 1);
    let _first = listen(&service, None).await;
    let _second = listen(&service, None).await;
    assert_eq!(listen(&service, None).await.status(), StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn t29_a_subscription_that_has_been_answered_leaves_its_place() {
    let service = service(|limits| {
        limits.max_subscriptions = 1;
        limits.max_subscription = Duration::from_secs(100);
    });
    let answered = listen(&service, None).await;
    // The response is still held, and read to its last event.
    let mut events = Frames::new(answered.into_body());
    while !events.next().await.unwrap().contains("\"result\"") {}
    assert_eq!(listen(&service, None).await.status(), StatusCode::OK);
    drop(events);
}

/// Listens until it is told to end, and says nothing.
struct UntilToldToEnd;

impl Service<RoleServer> for UntilToldToEnd {
    async fn handle_request(
        &self,
        _request: ClientRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        context.ct.cancelled().await;
        Ok(ServerResult::empty(()))
    }

    async fn handle_notification(
        &self,
        _notification: ClientNotification,
        _context: NotificationContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Ok(())
    }

    fn get_info(&self) -> ServerConfig {
        ServerConfig::default()
    }
}

impl Handler for UntilToldToEnd {}

/// A disconnection is no cancellation before 2026-07-28, and nobody but the deadline ends the call.
#[tokio::test(start_paused = true)]
async fn t29_a_subscription_that_its_client_has_left_ends_at_its_age() {
    let mut limits = Limits::default();
    limits.max_subscriptions = 1;
    limits.max_subscription = Duration::from_secs(100);
    let service = StreamableHttp::new(UntilToldToEnd)
        .limits(limits)
        .into_service();
    let listen = || {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen",
            "params": {"notifications": {"toolsListChanged": true}}});
        let request = request(V2025_11_25, body.to_string());
        service.clone().oneshot(request)
    };
    {
        let mut left = pin!(listen());
        assert!(poll!(&mut left).is_pending());
    }
    let refused = listen().await.unwrap();
    assert_refused(refused, StatusCode::SERVICE_UNAVAILABLE).await;

    tokio::time::sleep(Duration::from_secs(101)).await;
    assert!(poll!(pin!(listen())).is_pending(), "the place is not free");
}

/// The credential was looked at when the subscription began, and may have been taken back since.
#[tokio::test(start_paused = true)]
async fn t29_no_subscription_outlives_its_age() {
    let service = service(|limits| limits.max_subscription = Duration::from_secs(100));
    let before = Instant::now();
    let body = listen(&service, None).await.into_body();
    let ended = timeout(Duration::from_secs(3600), body.collect()).await;
    let events = ended.expect("still open").unwrap().to_bytes();
    assert_eq!(before.elapsed().as_secs(), 100);
    let events = String::from_utf8(events.to_vec()).unwrap();
    assert!(events.contains(r#""resultType":"complete""#), "{events}");
}
