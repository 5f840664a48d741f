//! What calls say, and how they end.

use http::StatusCode;
use serde_json::json;

use super::client::*;
use crate::fixture::Fixture;

#[tokio::test]
async fn sse_progress_comes_in_order_and_before_the_answer() {
    let mut client = Client::open(&app(&Fixture::default())).await;
    client.initialize("2024-11-05").await;
    client.tell(&call(1, "count")).await;
    for step in 1..=3 {
        let progress = client.message().await.unwrap();
        assert_eq!(progress["method"], "notifications/progress");
        assert_eq!(progress["params"]["progressToken"], "p");
        assert_eq!(progress["params"]["progress"].as_f64(), Some(step.into()));
    }
    assert_eq!(text(&client.message().await.unwrap()), "counted");
}

/// CVE-2026-25536: what belongs to one client must not reach another.
#[tokio::test]
async fn t27_sessions_do_not_hear_each_other() {
    let app = app(&Fixture::default());
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(Client::open(&app).await);
    }
    for (index, client) in clients.iter().enumerate() {
        let mut request = call(1, "count");
        request["params"]["_meta"]["progressToken"] = json!(index);
        client.tell(&request).await;
    }
    for (index, client) in clients.iter_mut().enumerate() {
        for _ in 0..3 {
            let progress = client.message().await.unwrap();
            assert_eq!(progress["params"]["progressToken"], json!(index));
        }
        assert_eq!(text(&client.message().await.unwrap()), "counted");
    }
}

#[tokio::test]
async fn sse_calls_of_one_session_run_side_by_side() {
    let fixture = Fixture::default();
    let mut client = Client::open(&app(&fixture)).await;
    client.tell(&call(1, "wait")).await;
    fixture.started.notified().await;
    assert_eq!(client.ask(&call(2, "echo")).await["id"], 2);
    fixture.go.notify_one();
    assert_eq!(client.message().await.unwrap()["id"], 1);
}

#[tokio::test]
async fn sse_a_cancelled_call_is_stopped_and_not_answered() {
    let fixture = Fixture::default();
    let mut client = Client::open(&app(&fixture)).await;
    client.tell(&call("c", "wait")).await;
    fixture.started.notified().await;
    client
        .tell(
            &json!({"jsonrpc": "2.0", "method": "notifications/cancelled",
            "params": {"requestId": "c", "reason": "changed my mind"}}),
        )
        .await;
    fixture.cancelled.notified().await;
    // The next answer is the next call's, and the id is free again.
    assert_eq!(text(&client.ask(&call(2, "echo")).await), r#"{"a":1}"#);
}

#[tokio::test]
async fn sse_a_closed_stream_cancels_its_calls() {
    let fixture = Fixture::default();
    let client = Client::open(&app(&fixture)).await;
    client.tell(&call(1, "wait")).await;
    fixture.started.notified().await;
    let (app, request) = (client.app.clone(), client.request("{}"));
    drop(client);
    fixture.cancelled.notified().await;
    let answer = crate::fixture::send(&app, request).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn sse_an_id_in_use_is_refused() {
    let fixture = Fixture::default();
    let mut client = Client::open(&app(&fixture)).await;
    client.tell(&call(1, "wait")).await;
    fixture.started.notified().await;
    let again = client.post(&call(1, "echo")).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    fixture.go.notify_one();
    assert_eq!(text(&client.message().await.unwrap()), "waited");
    assert_eq!(fixture.called(), 1);
}
