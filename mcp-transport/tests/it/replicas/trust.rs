//! What outsiders can do with ids and headers that only replicas should send.

use axum::http::HeaderValue;
use http::{Method, StatusCode};
use portcullis_transport::replica::{Directory, ReplicaName, SharedDirectory};
use rstest::rstest;

use super::world::*;
use crate::sessions::ping;

#[tokio::test]
async fn t27_the_owner_checks_what_is_passed_on() {
    let directory = SharedDirectory::default();
    let (a, b) = (
        Process::start("a", &directory).await,
        Process::start("b", &directory).await,
    );
    let session = Balanced::new(&[&a]).open().await;
    let mut stolen = request(Method::POST, &session, ping(1).to_string());
    let mallory = HeaderValue::from_static("mallory");
    stolen.headers_mut().insert("x-user", mallory);
    let answer = Balanced::new(&[&b]).send(stolen).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_forges_the_mark_of_a_hop_is_served_where_they_are() {
    let directory = SharedDirectory::default();
    let (a, b) = (
        Process::start("a", &directory).await,
        Process::start("b", &directory).await,
    );
    let session = Balanced::new(&[&a]).open().await;
    let mut marked = request(Method::POST, &session, ping(1).to_string());
    let mark = HeaderValue::from_static("1");
    marked.headers_mut().insert("portcullis-forwarded", mark);
    let answer = Balanced::new(&[&b]).send(marked).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_directory_that_lies_makes_no_loop() {
    let directory = SharedDirectory::default();
    let (a, b) = (
        Process::start("a", &directory).await,
        Process::start("b", &directory).await,
    );
    let nobody = ReplicaName::new("nobody").unwrap();
    directory.register(&nobody, &a.address).await.unwrap();
    let session = Balanced::new(&[&b]).open().await.replace("b.", "nobody.");
    let answer = Balanced::new(&[&b]).post(&session, &ping(1)).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[rstest]
#[case::unknown("nobody.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
#[case::address("127.0.0.1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
#[case::empty(".AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
#[case::long("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
#[case::unnamed("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
#[tokio::test]
async fn a_session_of_nobody_is_404(#[case] session: &str) {
    let directory = SharedDirectory::default();
    let a = Process::start("a", &directory).await;
    let answer = Balanced::new(&[&a]).post(session, &ping(1)).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}
