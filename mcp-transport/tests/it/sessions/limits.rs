//! How many sessions there are, how long they live, and how much they hold.

use std::{future::pending, time::Duration};

use axum::body::Body;
use futures_util::FutureExt;
use http::{Method, Request, StatusCode};
use portcullis_transport::{OwnerKey, SessionLimits, Sessions, Shutdown, Stock, StreamableHttp};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{InitializeRequestParams, InitializeResult},
    service::RequestContext,
};
use tokio::time::{advance, timeout};
use tower::ServiceExt;

use super::client::*;
use crate::fixture::{Fixture, send};

fn limited(change: impl FnOnce(&mut SessionLimits)) -> impl FnOnce(Sessions) -> Sessions {
    let mut limits = SessionLimits::default();
    change(&mut limits);
    move |sessions| sessions.limits(limits)
}

async fn opens(app: &axum::Router, caller: &'static str) -> StatusCode {
    let client = Client {
        app: app.clone(),
        session: None,
        caller,
        version: "2025-11-25",
    };
    client.post(&initialize("2025-11-25")).await.status
}

#[tokio::test]
async fn t29_sessions_are_capped() {
    let app = app_with(
        &Fixture::default(),
        limited(|limits| limits.max_sessions = 1),
    );
    let alice = Client::open(&app).await;
    assert_eq!(opens(&app, "bob").await, StatusCode::SERVICE_UNAVAILABLE);
    alice.end().await;
    assert_eq!(opens(&app, "bob").await, StatusCode::OK);
}

#[tokio::test]
async fn t29_a_further_session_takes_the_place_of_the_owners_idlest() {
    let change = limited(|limits| limits.max_sessions_per_owner = 2);
    let app = app_with(&Fixture::default(), change);
    let listening = Client::open(&app).await;
    let stream = listening.listen().await;
    let idle = Client::open(&app).await;
    let bob = Client::open_as(&app, "bob", "2025-11-25").await;

    let third = Client::open(&app).await;
    assert_eq!(idle.post(&ping(1)).await.status, StatusCode::NOT_FOUND);
    for client in [&listening, &bob, &third] {
        assert_eq!(client.post(&ping(1)).await.status, StatusCode::OK);
    }
    // Where each of them is in use, there is no room.
    let another = third.listen().await;
    assert_eq!(opens(&app, "alice").await, StatusCode::TOO_MANY_REQUESTS);
    drop((stream, another));
}

/// A server that is slow to greet.
struct Slow;

impl ServerHandler for Slow {
    async fn initialize(
        &self,
        _: InitializeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        pending().await
    }
}

#[tokio::test]
async fn a_further_session_does_not_take_the_place_of_one_that_is_being_opened() {
    let change = limited(|limits| limits.max_sessions_per_owner = 1);
    let endpoint = StreamableHttp::new(Stock(Slow))
        .owner(|_| Some(OwnerKey::new([0; 32])))
        .sessions(change(Sessions::in_memory()))
        .into_service();
    let open = || {
        let request = Request::post("/")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .body(Body::from(initialize("2025-11-25").to_string()))
            .unwrap();
        Box::pin(endpoint.clone().oneshot(request))
    };
    let mut first = open();
    assert!((&mut first).now_or_never().is_none());
    let second = open().now_or_never().unwrap().unwrap();
    assert_eq!(second.status(), StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(start_paused = true)]
async fn t29_an_idle_session_ends() {
    let app = app(&Fixture::default());
    let client = Client::open(&app).await;
    advance(Duration::from_secs(29 * 60)).await;
    assert_eq!(client.post(&ping(1)).await.status, StatusCode::OK);
    advance(Duration::from_secs(29 * 60)).await;
    assert_eq!(client.post(&ping(1)).await.status, StatusCode::OK);
    advance(Duration::from_secs(30 * 60)).await;
    assert_eq!(client.post(&ping(1)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_listens_is_not_idle() {
    let app = app(&Fixture::default());
    let client = Client::open(&app).await;
    let stream = client.listen().await;
    advance(Duration::from_secs(31 * 60)).await;
    drop(stream);
    assert_eq!(client.post(&ping(1)).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn t29_no_session_outlives_its_age() {
    let app = app(&Fixture::default());
    let client = Client::open(&app).await;
    let mut stream = client.listen().await;
    stream.next().await.unwrap();
    advance(Duration::from_secs(12 * 60 * 60)).await;
    assert_eq!(stream.event().await, None);
    assert_eq!(client.post(&ping(1)).await.status, StatusCode::NOT_FOUND);
}

/// Its client has gone, and nobody asks for or opens anything.
#[tokio::test(start_paused = true)]
async fn t29_a_call_ends_with_its_session_although_nobody_looks() {
    let fixture = Fixture::default();
    let client = Client::open(&app(&fixture)).await;
    let wait = call(1, "wait");
    tokio::select! {
        answer = client.post(&wait) => panic!("{answer:?}"),
        () = fixture.started.notified() => {}
    }
    let longest = Duration::from_secs(12 * 60 * 60 + 61);
    timeout(longest, fixture.cancelled.notified())
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn t29_expired_sessions_make_room() {
    let app = app_with(
        &Fixture::default(),
        limited(|limits| limits.max_sessions = 1),
    );
    Client::open(&app).await;
    advance(Duration::from_secs(30 * 60)).await;
    Client::open_as(&app, "bob", "2025-11-25").await;
}

/// Whoever is refused costs no search of the whole table each time.
#[tokio::test(start_paused = true)]
async fn t29_a_full_table_is_searched_once_a_second() {
    let app = app_with(
        &Fixture::default(),
        limited(|limits| limits.max_sessions = 1),
    );
    Client::open(&app).await;
    advance(Duration::from_millis(30 * 60 * 1000 - 500)).await;
    assert_eq!(opens(&app, "bob").await, StatusCode::SERVICE_UNAVAILABLE);
    advance(Duration::from_millis(600)).await;
    assert_eq!(opens(&app, "bob").await, StatusCode::SERVICE_UNAVAILABLE);
    advance(Duration::from_millis(500)).await;
    assert_eq!(opens(&app, "bob").await, StatusCode::OK);
}

/// A client that is stuck does not notice that its session has expired.
#[tokio::test(start_paused = true)]
async fn t29_an_expired_session_of_the_owner_makes_room() {
    let change = limited(|limits| {
        limits.max_sessions_per_owner = 1;
        limits.max_age = Duration::from_secs(10);
    });
    let app = app_with(&Fixture::default(), change);
    let stuck = Client::open(&app).await.listen().await;
    advance(Duration::from_secs(9)).await;
    assert_eq!(opens(&app, "alice").await, StatusCode::TOO_MANY_REQUESTS);
    advance(Duration::from_secs(1)).await;
    assert_eq!(opens(&app, "alice").await, StatusCode::OK);
    drop(stuck);
}

#[tokio::test]
async fn t29_calls_of_a_session_are_capped() {
    let change = limited(|limits| limits.max_calls = 1);
    let client = Client::open(&app_with(&Fixture::default(), change)).await;
    let mut events = client.ask(&call(1, "ask")).await;
    let busy = client.post(&call(2, "echo")).await;
    assert_eq!(busy.status, StatusCode::TOO_MANY_REQUESTS);
    let question = events.message().await.unwrap();
    client.tell(&roots(&question["id"])).await;
    events.rest().await;
    assert_eq!(client.post(&call(2, "echo")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_running_id_is_not_taken_twice() {
    let client = Client::open(&app(&Fixture::default())).await;
    let _events = client.ask(&call(1, "ask")).await;
    let twice = client.post(&call(1, "echo")).await;
    assert_eq!(twice.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(start_paused = true)]
async fn t29_a_reader_that_is_gone_costs_reports_but_not_the_answer() {
    let change = limited(|limits| limits.queue_bytes = 1);
    let client = Client::open(&app_with(&Fixture::default(), change)).await;
    let mut events = client.ask(&call(1, "count")).await;
    let priming = events.next().await.unwrap();
    drop(events);
    // One report fits, the next waits for the reader, and then nothing is said until the answer.
    tokio::time::sleep(Duration::from_secs(11)).await;
    let messages = client.resume(&priming.id).await.rest().await;
    assert_eq!(messages.len(), 2);
    assert_eq!(text(&messages[1]), "counted");
}

#[tokio::test(start_paused = true)]
async fn t29_readers_of_other_streams_give_no_more_time() {
    let change = limited(|limits| limits.queue_bytes = 1);
    let client = Client::open(&app_with(&Fixture::default(), change)).await;
    let mut events = client.ask(&call(1, "count")).await;
    let priming = events.next().await.unwrap();
    drop(events);
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_secs(4)).await;
        drop(client.listen().await);
    }
    let messages = client.resume(&priming.id).await.rest().await;
    assert_eq!(messages.len(), 2);
    assert_eq!(text(&messages[1]), "counted");
}

#[tokio::test]
async fn a_shutdown_ends_streams_and_lets_calls_finish() {
    let shutdown = Shutdown::manual();
    let until = shutdown.clone();
    let app = app_with(&Fixture::default(), |sessions| sessions.shutdown(until));
    let client = Client::open(&app).await;
    let standing = client.listen().await;
    let mut events = client.ask(&call(1, "ask")).await;
    let question = events.message().await.unwrap();

    shutdown.trigger();
    standing.rest().await;
    let refused = send(&app, client.request(Method::POST, ping(2).to_string())).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(opens(&app, "bob").await, StatusCode::SERVICE_UNAVAILABLE);
    client.tell(&roots(&question["id"])).await;
    assert_eq!(text(&events.message().await.unwrap()), "answered");
}
