//! Reading a body within its bounds.

use axum::body::Body;
use bytes::Bytes;
use http::{Response, StatusCode};
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use super::reply::refuse_request;
use crate::Limits;

/// The whole body. A body that arrives in one piece is not copied.
pub(crate) async fn read(body: Body, limits: &Limits) -> Result<Bytes, Response<Body>> {
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |announced| announced > limits.max_body_bytes) {
        return Err(too_large());
    }
    let collected = Limited::new(body, limits.max_body_bytes).collect();
    match timeout(limits.body_timeout, collected).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
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

fn too_large() -> Response<Body> {
    refuse_request(
        StatusCode::PAYLOAD_TOO_LARGE,
        "the body is larger than this server accepts",
    )
}
