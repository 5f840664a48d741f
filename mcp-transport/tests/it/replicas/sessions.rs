//! Streamable HTTP with sessions.

use http::{Method, StatusCode};
use portcullis_transport::replica::SharedDirectory;

use super::world::*;
use crate::sessions::{call, roots, text};

#[tokio::test]
async fn every_request_of_a_session_is_served_whichever_replica_gets_it() {
    let directory = SharedDirectory::default();
    let (a, b) = (
        Process::start("a", &directory).await,
        Process::start("b", &directory).await,
    );
    let balanced = Balanced::new(&[&a, &b]);
    // Odd, so that the turns of the replicas and of the sessions cross.
    let sessions = [
        balanced.open().await,
        balanced.open().await,
        balanced.open().await,
    ];
    assert!(sessions[0].starts_with("a.") && sessions[1].starts_with("b."));
    let mut forwarded = 0;
    for id in 0..100 {
        for session in &sessions {
            let response = balanced.post(session, &call(id, "echo")).await;
            let reached = response.headers()["x-reached"].to_str().unwrap();
            forwarded += usize::from(!session.starts_with(reached));
            let answer = json(response).await;
            assert_eq!(
                (answer["id"].as_i64(), text(&answer)),
                (Some(id), r#"{"a":1}"#)
            );
        }
    }
    assert_eq!(forwarded, 150, "of 300 calls");
}

#[tokio::test]
async fn a_question_asked_by_one_replica_is_answered_through_another() {
    let directory = SharedDirectory::default();
    let (a, b) = (
        Process::start("a", &directory).await,
        Process::start("b", &directory).await,
    );
    let balanced = Balanced::new(&[&a, &b]);
    let session = balanced.open().await;
    for id in 0..4 {
        // Asked on one connection, answered on the next one's replica.
        let mut events = Messages::of(balanced.post(&session, &call(id, "ask")).await);
        let question = events.message().await;
        let accepted = balanced.post(&session, &roots(&question["id"])).await;
        assert_eq!(accepted.status(), StatusCode::ACCEPTED);
        assert_eq!(text(&events.message().await), "answered");
        // The turn of the other one.
        balanced.post(&session, &crate::sessions::ping(99)).await;
    }
}

#[tokio::test]
async fn a_stream_is_resumed_and_a_session_ended_through_another_replica() {
    let directory = SharedDirectory::default();
    let (a, b) = (
        Process::start("a", &directory).await,
        Process::start("b", &directory).await,
    );
    let balanced = Balanced::new(&[&a, &b]);
    let session = balanced.open().await;
    let mut events = Messages::of(balanced.post(&session, &call(1, "count")).await);
    let (first, _) = events.next().await.unwrap();
    drop(events);

    for _ in 0..2 {
        let mut resume = request(Method::GET, &session, "");
        let id = first.parse().unwrap();
        resume.headers_mut().insert("last-event-id", id);
        let mut rest = Messages::of(balanced.send(resume).await);
        let mut last = rest.message().await;
        while let Some((_, message)) = rest.next().await {
            last = message;
        }
        assert_eq!(text(&last), "counted");
    }
    let mut ended = Vec::new();
    for _ in 0..2 {
        let end = request(Method::DELETE, &session, "");
        ended.push(balanced.send(end).await.status());
    }
    assert_eq!(ended, [StatusCode::NO_CONTENT, StatusCode::NOT_FOUND]);
}
