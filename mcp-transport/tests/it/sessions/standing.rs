//! The stream that belongs to no call, and what a client says unasked.

use serde_json::json;

use super::client::*;
use crate::fixture::Fixture;

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
