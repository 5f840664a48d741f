//! The guard and the policy stand before every message.

use http::StatusCode;
use portcullis_transport::Guard;
use rstest::rstest;
use serde_json::json;
use tower::ServiceExt;

use super::client::*;
use crate::{
    fixture::{Fixture, send},
    policy::DenyTool,
};

#[tokio::test]
async fn sse_a_refusal_is_the_answer_of_the_post() {
    let fixture = Fixture::default();
    let app = app_with(&fixture, |sse| sse.policy(DenyTool("count")));
    let mut client = Client::open(&app).await;
    let single = client.post(&call(1, "count")).await;
    let batch = client
        .post(&json!([call(1, "echo"), call(2, "count")]))
        .await;
    for answer in [single, batch] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.headers.contains_key("www-authenticate"));
    }
    assert_eq!(fixture.called(), 0);
    assert_eq!(text(&client.ask(&call(3, "echo")).await), r#"{"a":1}"#);
}

#[rstest]
#[case("host", "evil.example")]
#[case("host", "localhost.evil.example")]
#[case("origin", "https://evil.example")]
#[case("origin", "null")]
#[tokio::test]
async fn t26_the_guard_covers_both_routes(#[case] header: &'static str, #[case] value: &str) {
    let fixture = Fixture::default();
    let guard = Guard::new(&"https://mcp.example.com".parse().unwrap())
        .build()
        .unwrap();
    let app = app(&fixture).layer(guard);
    let own = |mut request: http::Request<axum::body::Body>| {
        request
            .headers_mut()
            .insert("host", "mcp.example.com".parse().unwrap());
        request
    };
    let response = app.clone().oneshot(own(get("alice"))).await.unwrap();
    let client = Client::read(&app, "alice", response).await;

    for request in [get("alice"), client.request(call(1, "echo").to_string())] {
        let mut request = own(request);
        request.headers_mut().insert(header, value.parse().unwrap());
        assert_eq!(send(&app, request).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(fixture.called(), 0);
}
