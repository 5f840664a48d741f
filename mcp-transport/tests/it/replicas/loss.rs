//! A replica that is killed.

use http::{Method, StatusCode};
use http_body_util::BodyExt;
use portcullis_transport::replica::SharedDirectory;

use super::world::*;
use crate::sessions::{call, ping, text};

#[tokio::test]
async fn a_killed_replica_loses_its_own_sessions_and_no_other() {
    let directory = SharedDirectory::default();
    let mut a = Process::start("a", &directory).await;
    let b = Process::start("b", &directory).await;
    let balanced = Balanced::new(&[&a, &b]);
    let lost = balanced.open().await;
    let kept = balanced.open().await;
    let only_b = Balanced::new(&[&b]);
    // Through b, both: one is passed on to a.
    let listen = |session: &str| only_b.send(request(Method::GET, session, ""));
    let of_lost = listen(&lost).await;
    let of_kept = listen(&kept).await;

    a.kill();
    let ended = of_lost.into_body().collect().await;
    assert!(ended.is_err() || ended.is_ok_and(|body| body.to_bytes().starts_with(b"id: 0-0")));
    for _ in 0..2 {
        let gone = only_b.post(&lost, &ping(1)).await;
        assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    }
    let answer = json(only_b.post(&kept, &call(1, "echo")).await).await;
    assert_eq!(text(&answer), r#"{"a":1}"#);
    drop(of_kept);

    // Clients that initialize again are served.
    let again = only_b.open().await;
    assert_eq!(only_b.post(&again, &ping(1)).await.status(), StatusCode::OK);
}
