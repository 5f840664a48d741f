//! What the endpoints read of a request's body, and for how long.

use std::{convert::Infallible, time::Duration};

use axum::body::{Body, Bytes};
use futures_util::{StreamExt, stream};
use http::{
    HeaderValue, Request, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use rstest::rstest;
use tokio::time::{Instant, sleep};

use super::world::*;

const FORM: &str = "application/x-www-form-urlencoded";

/// A body in pieces of one byte, with this pause before each.
fn in_bytes(text: String, pause: Duration) -> Body {
    let bytes = text.into_bytes().into_iter().map(|byte| vec![byte]);
    Body::from_stream(stream::iter(bytes).then(move |piece| async move {
        if !pause.is_zero() {
            sleep(pause).await;
        }
        Ok::<_, Infallible>(Bytes::from(piece))
    }))
}

fn request(path: &str, media_type: &str, body: Body) -> Request<Body> {
    Request::post(path)
        .header(CONTENT_TYPE, media_type)
        .body(body)
        .unwrap()
}

#[rstest]
#[case::token("/token", FORM)]
#[case::revoke("/revoke", FORM)]
#[case::consent("/consent", FORM)]
#[case::register("/register", "application/json")]
#[tokio::test(start_paused = true)]
async fn t29_a_body_has_ten_seconds_altogether(#[case] path: &str, #[case] media_type: &str) {
    let world = World::offline();
    let begun = Instant::now();
    let body = in_bytes("a".repeat(1000), Duration::from_secs(2));
    let answer = world.send(request(path, media_type, body)).await;
    assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT);
    assert_eq!(answer.error(), "invalid_request");
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[rstest]
#[case::token("/token", FORM)]
#[case::revoke("/revoke", FORM)]
#[case::consent("/consent", FORM)]
#[case::register("/register", "application/json")]
#[tokio::test]
async fn a_compressed_body_is_415_and_says_so(#[case] path: &str, #[case] media_type: &str) {
    let world = World::offline();
    let mut compressed = request(path, media_type, Body::from(vec![0x1f, 0x8b]));
    let headers = compressed.headers_mut();
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    let answer = world.send(compressed).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(answer.header("accept-encoding"), "identity");
    assert_eq!(answer.error(), "invalid_request");
}

#[tokio::test]
async fn t29_a_body_in_pieces_of_one_byte_is_one_body() {
    let world = World::offline();
    let form = |length: usize| {
        let form = format!(
            "grant_type=unheard_of&client_id=nobody&x={}",
            "a".repeat(length)
        );
        in_bytes(form, Duration::ZERO)
    };
    let answer = world.send(request("/token", FORM, form(16_000))).await;
    assert_eq!(answer.error(), "invalid_client");
    let answer = world.send(request("/token", FORM, form(17_000))).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
