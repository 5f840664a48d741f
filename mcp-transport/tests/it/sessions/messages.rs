//! The checks of every request hold in a session too.

use axum::{Router, body::Body};
use http::{Method, Response, StatusCode};
use portcullis_transport::{Call, Policy, Sessions, StreamableHttp};
use serde_json::json;

use super::client::*;
use crate::fixture::{Fixture, send};

struct NoEcho;

impl Policy for NoEcho {
    fn check(&self, call: &Call<'_>) -> Result<(), Response<Body>> {
        if call.subject.name() != Some("echo") {
            return Ok(());
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::FORBIDDEN;
        Err(response)
    }
}

fn guarded(fixture: &Fixture) -> Router {
    let mcp = StreamableHttp::new(fixture.clone())
        .policy(NoEcho)
        .sessions(Sessions::in_memory());
    Router::new().route_service("/mcp", mcp.into_service())
}

#[tokio::test]
async fn a_policy_refuses_in_a_session_as_everywhere() {
    let fixture = Fixture::default();
    let client = Client::open(&guarded(&fixture)).await;
    let answer = client.post(&call(1, "echo")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(fixture.called(), 0);
}

#[tokio::test]
async fn one_denied_element_refuses_the_batch_before_anything_runs() {
    let fixture = Fixture::default();
    let client = Client::open_as(&guarded(&fixture), "alice", "2025-03-26").await;
    let answer = client
        .post(&json!([call(1, "count"), call(2, "echo")]))
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(fixture.called(), 0);
}

#[tokio::test]
async fn a_repeated_member_is_refused_in_a_session() {
    let fixture = Fixture::default();
    let client = Client::open(&app(&fixture)).await;
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call",
        "params":{"name":"count","name":"echo"}}"#;
    let answer = send(&client.app, client.request(Method::POST, body)).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::BAD_REQUEST, -32600)
    );
    let answer = send(&client.app, client.request(Method::POST, "{")).await;
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::BAD_REQUEST, -32700)
    );
    assert_eq!(fixture.called(), 0);
}

#[tokio::test]
async fn a_batch_that_only_answers_is_an_array() {
    let client = Client::open_as(&app(&Fixture::default()), "alice", "2025-03-26").await;
    let answer = client.post(&json!([ping(1), call(2, "echo")])).await;
    let ids = answer.json();
    let ids: Vec<_> = ids.as_array().unwrap().iter().map(|a| &a["id"]).collect();
    assert_eq!(ids, [&json!(1), &json!(2)]);
}

#[tokio::test]
async fn a_batch_that_speaks_is_one_stream_with_all_answers() {
    let client = Client::open_as(&app(&Fixture::default()), "alice", "2025-03-26").await;
    let batch = json!([call(1, "count"), call(2, "echo"), initialized()]);
    let messages = client.ask(&batch).await.rest().await;
    let mut answered: Vec<_> = messages.iter().filter_map(|m| m["id"].as_i64()).collect();
    answered.sort_unstable();
    assert_eq!(answered, [1, 2]);
    assert_eq!(messages.len(), 5);
}

#[tokio::test]
async fn a_client_that_reads_json_only_gets_its_answer() {
    let client = Client::open(&app(&Fixture::default())).await;
    let mut request = client.request(Method::POST, call(1, "count").to_string());
    let json = "application/json".parse().unwrap();
    request.headers_mut().insert("accept", json);
    let answer = send(&client.app, request).await;
    assert_eq!(answer.content_type(), "application/json");
    assert_eq!(text(&answer.json()), "counted");
}
