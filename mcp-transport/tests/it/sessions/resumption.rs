//! A client that lost its connection reads on from where it was.

use http::{Method, StatusCode};
use portcullis_transport::SessionLimits;
use rstest::rstest;

use super::client::*;
use crate::fixture::{Fixture, send};

#[tokio::test]
async fn mcp_t48_a_stream_begins_with_an_id_and_a_pause() {
    let client = Client::open(&app(&Fixture::default())).await;
    let priming = client.ask(&call(1, "ask")).await.next().await.unwrap();
    assert!(priming.message.is_null() && !priming.id.is_empty());
    assert_eq!(priming.retry.as_deref(), Some("3000"));
}

#[rstest]
#[case("2025-03-26")]
#[case("2025-06-18")]
#[tokio::test]
async fn mcp_t48_older_clients_get_no_event_without_data(#[case] version: &'static str) {
    let client = Client::open_as(&app(&Fixture::default()), "alice", version).await;
    let first = client.ask(&call(1, "count")).await.next().await.unwrap();
    assert_eq!(first.message["method"], "notifications/progress");
}

#[tokio::test]
async fn mcp_t48_a_disconnection_is_no_cancellation() {
    let client = Client::open(&app(&Fixture::default())).await;
    let mut events = client.ask(&call(1, "ask")).await;
    let question = events.event().await.unwrap();
    drop(events);
    client.tell(&roots(&question.message["id"])).await;

    let answers = client.resume(&question.id).await.rest().await;
    assert_eq!(text(&answers[0]), "answered");
}

#[tokio::test]
async fn mcp_t49_an_answer_that_has_been_sent_can_be_read_again() {
    let client = Client::open(&app(&Fixture::default())).await;
    let mut events = client.ask(&call(1, "count")).await;
    let mut seen = Vec::new();
    while let Some(event) = events.event().await {
        seen.push(event);
    }
    drop(events);
    for (index, event) in seen.iter().enumerate() {
        let again = client.resume(&event.id).await.rest().await;
        let expected = seen[index + 1..].iter().map(|event| event.message.clone());
        assert_eq!(again, expected.collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn mcp_t49_a_stream_replays_nothing_of_another() {
    let client = Client::open(&app(&Fixture::default())).await;
    let mut asking = client.ask(&call(1, "ask")).await;
    let question = asking.event().await.unwrap();
    let counted = client.ask(&call(2, "count")).await.rest().await;
    assert_eq!(counted.len(), 4);

    client.tell(&roots(&question.message["id"])).await;
    drop(asking);
    let rest = client.resume(&question.id).await.rest().await;
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0]["id"], 1);
}

#[tokio::test]
async fn a_second_connection_takes_over_and_gives_back() {
    let client = Client::open(&app(&Fixture::default())).await;
    let mut first = client.ask(&call(1, "ask")).await;
    let question = first.event().await.unwrap();
    let second = client.resume(&question.id).await;
    drop(second);
    client.tell(&roots(&question.message["id"])).await;
    assert_eq!(text(&first.message().await.unwrap()), "answered");
}

#[rstest]
#[case::nonsense("x")]
#[case::no_such_stream("7-1")]
#[case::not_yet("1-4")]
#[case::huge("1-18446744073709551615")]
#[case::overflow("1-99999999999999999999")]
#[tokio::test]
async fn an_event_that_nobody_sent_cannot_be_resumed(#[case] id: &str) {
    let client = Client::open(&app(&Fixture::default())).await;
    let mut events = client.ask(&call(1, "ask")).await;
    events.event().await.unwrap();
    let answer = send(&client.app, client.resuming(id)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_kept_is_bounded_and_the_newest_stays() {
    let mut limits = SessionLimits::default();
    limits.replay_bytes = 1;
    let app = app_with(&Fixture::default(), |sessions| sessions.limits(limits));
    let client = Client::open(&app).await;
    let mut events = client.ask(&call(1, "count")).await;
    let first = events.event().await.unwrap();
    assert_eq!(events.rest().await.len(), 3);
    // The second and third report have been dropped; what follows them has not.
    let kept = client.resume(&first.id).await.rest().await;
    assert_eq!(kept.len(), 1);
    assert_eq!(text(&kept[0]), "counted");
}

#[tokio::test]
async fn two_last_event_ids_are_400() {
    let client = Client::open(&app(&Fixture::default())).await;
    let mut request = client.request(Method::GET, axum::body::Body::empty());
    for id in ["0-0", "1-0"] {
        let headers = request.headers_mut();
        headers.append("last-event-id", id.parse().unwrap());
    }
    assert_eq!(
        send(&client.app, request).await.status,
        StatusCode::BAD_REQUEST
    );
}
