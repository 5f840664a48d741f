//! The demo's older transport, as a client of its time meets it.

use portcullis::testing::HeadlessClient;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::running_demo::RunningDemo;

fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

fn open(demo: &RunningDemo, bearer: &str) -> RequestBuilder {
    client()
        .get(demo.text("sse"))
        .bearer_auth(bearer)
        .header("accept", "text/event-stream")
}

/// The data of the next event.
async fn data(stream: &mut Response) -> String {
    let mut event = String::new();
    while !event.ends_with("\n\n") {
        let chunk = stream.chunk().await.unwrap().unwrap();
        event.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    let (_, data) = event.split_once("data: ").unwrap();
    data.trim_end().to_owned()
}

#[tokio::test]
async fn a_client_signs_in_and_asks_over_sse() {
    let demo = RunningDemo::start("memory").await;
    assert_eq!(
        demo.text("sse"),
        format!("{}/weather-python/sse", demo.origin())
    );
    let mut user = HeadlessClient::new(demo.text("user"), demo.text("password")).unwrap();
    let session = user.sign_in(demo.text("sse")).await.unwrap();

    let mut stream = open(&demo, session.access_token()).send().await.unwrap();
    let endpoint = data(&mut stream).await;
    assert!(endpoint.starts_with("/weather-python/messages/?session_id="));

    let call = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": "get_alerts", "arguments": { "state": "CA" } },
    });
    let post = client()
        .post(format!("{}{endpoint}", demo.origin()))
        .json(&call);
    let accepted = post
        .try_clone()
        .unwrap()
        .bearer_auth(session.access_token());
    assert_eq!(
        accepted.send().await.unwrap().status(),
        StatusCode::ACCEPTED
    );
    let answer: Value = serde_json::from_str(&data(&mut stream).await).unwrap();
    assert_eq!(answer["result"]["structuredContent"]["source"], "recorded");

    // The demo's own token is another client's: the same person, and yet not the session's owner.
    let other = post.bearer_auth(demo.text("sse_bearer"));
    assert_eq!(other.send().await.unwrap().status(), StatusCode::NOT_FOUND);

    // An open stream does not hold up the end.
    assert_eq!(demo.terminate().await.code(), Some(0));
    assert_eq!(stream.chunk().await.unwrap(), None);
}

#[tokio::test]
async fn t04_a_token_for_one_transport_is_none_for_the_other() {
    let demo = RunningDemo::start("memory").await;
    let of_mcp = open(&demo, demo.text("bearer")).send().await.unwrap();
    assert_eq!(of_mcp.status(), StatusCode::UNAUTHORIZED);

    let of_sse = client()
        .post(demo.mcp())
        .bearer_auth(demo.text("sse_bearer"));
    let of_sse = of_sse.json(&json!({})).send().await.unwrap();
    assert_eq!(of_sse.status(), StatusCode::UNAUTHORIZED);

    let post = client().post(demo.text("sse"));
    let post = post.bearer_auth(demo.text("sse_bearer")).json(&json!({}));
    let post = post.send().await.unwrap();
    assert_eq!(post.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(post.headers()["allow"], "GET");
}
