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
