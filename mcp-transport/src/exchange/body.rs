//! Reading a body within its bounds.

use axum::{BoxError, body::Body};
use bytes::{Bytes, BytesMut};
use http::{Response, StatusCode};
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use super::reply::refuse_request;
use crate::Limits;

/// The whole body.
pub(crate) async fn read(body: Body, limits: &Limits) -> Result<Bytes, Response<Body>> {
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |announced| announced > limits.max_body_bytes) {
        return Err(too_large());
    }
    let collected = collect(Limited::new(body, limits.max_body_bytes));
    match timeout(limits.body_timeout, collected).await {
        Ok(Ok(collected)) => Ok(collected),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(refuse_request(
            StatusCode::BAD_REQUEST,
            "the body could not be read to its end",
        )),
        Err(_) => Err(refuse_request(
            StatusCode::REQUEST_TIMEOUT,
            "the body took too long to arrive",
        )),
    }
}

/// A body that arrives in one piece is not copied. Several pieces are joined as they come: kept apart,
/// pieces of one byte would cost many times the bound.
async fn collect(mut body: Limited<Body>) -> Result<Bytes, BoxError> {
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame?.into_data() else {
            continue;
        };
        if first.is_empty() {
            first = piece;
            continue;
        }
        if joined.is_empty() {
            joined.extend_from_slice(&first);
        }
        joined.extend_from_slice(&piece);
    }
    if joined.is_empty() {
        return Ok(first);
    }
    Ok(joined.freeze())
}

fn too_large() -> Response<Body> {
    refuse_request(
        StatusCode::PAYLOAD_TOO_LARGE,
        "the body is larger than this server accepts",
    )
}
