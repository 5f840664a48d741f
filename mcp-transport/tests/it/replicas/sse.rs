//! HTTP+SSE.

use axum::body::Body;
use http::{Request, StatusCode};
use portcullis_transport::replica::SharedDirectory;

use super::world::*;
use crate::sessions::{call, text};

#[tokio::test]
async fn sse_messages_reach_the_stream_whichever_replica_gets_them() {
    let directory = SharedDirectory::default();
    let (a, b) = (
        Process::start("a", &directory).await,
        Process::start("b", &directory).await,
    );
    let balanced = Balanced::new(&[&a, &b]);
    let open = Request::get("/sse")
        .header("x-user", "alice")
        .header("accept", "text/event-stream");
    let response = balanced.send(open.body(Body::empty()).unwrap()).await;
    let mut events = Messages::of(response);
    let greeting = events.0.next().await.unwrap();
    let url = greeting
        .lines()
        .find_map(|line| line.strip_prefix("data: "));
    let url = url.unwrap();
    assert!(url.contains("session_id=a."), "{url}");

    for id in 0..100 {
        let post = Request::post(url)
            .header("x-user", "alice")
            .header("content-type", "application/json")
            .body(call(id, "echo").to_string().into());
        let accepted = balanced.send(post.unwrap()).await;
        assert_eq!(accepted.status(), StatusCode::ACCEPTED);
        let answer = events.message().await;
        assert_eq!(
            (answer["id"].as_i64(), text(&answer)),
            (Some(id), r#"{"a":1}"#)
        );
    }
}
