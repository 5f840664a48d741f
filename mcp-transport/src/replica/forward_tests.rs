use axum::{Router, routing::get};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use tokio::net::TcpListener;

use super::*;
use crate::{Shutdown, serve};

#[tokio::test]
async fn t29_requests_that_are_passed_on_are_bounded() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: Authority = listener.local_addr().unwrap().to_string().parse().unwrap();
    let app = Router::new().route("/", get(async || "here"));
    tokio::spawn(serve(listener, app, Shutdown::manual()));

    let forwarder = Forwarder::with_room_for(1);
    let forward = || forwarder.forward(Request::new(Body::empty()), address.clone());
    let response = forward().await.unwrap();
    // The answer has not been read yet.
    let busy = forward().now_or_never().unwrap();
    assert!(matches!(busy, Err(NotForwarded::Busy)), "{busy:?}");
    assert_eq!(
        response.into_body().collect().await.unwrap().to_bytes(),
        "here"
    );
    assert!(forward().await.is_ok());
}

#[tokio::test]
async fn what_belongs_to_a_connection_is_not_passed_on() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: Authority = listener.local_addr().unwrap().to_string().parse().unwrap();
    let names = async |headers: HeaderMap| {
        let answer = Response::builder()
            .header("connection", "x-own")
            .header("x-own", "1");
        let names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        answer.body(names.join(" ")).unwrap()
    };
    let app = Router::new().route("/", get(names));
    tokio::spawn(serve(listener, app, Shutdown::manual()));

    let request = Request::builder()
        .header("connection", "X-Hop, keep-alive")
        .header("connection", "te,, x-other")
        .header("x-hop", "1")
        .header("x-other", "1")
        .header("x-stays", "1");
    let request = request.body(Body::empty()).unwrap();
    let response = Forwarder::new().forward(request, address).await.unwrap();
    assert!(!response.headers().contains_key("x-own"));
    let seen = response.into_body().collect().await.unwrap().to_bytes();
    let seen = String::from_utf8_lossy(&seen).into_owned();
    assert!(seen.contains("x-stays"), "{seen}");
    assert!(
        !seen.contains("x-hop") && !seen.contains("x-other"),
        "{seen}"
    );
}
