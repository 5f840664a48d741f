//! Reading a body within its bounds.

use axum::{BoxError, body::Body};
use bytes::{Bytes, BytesMut};
use http::{Response, StatusCode, request::Parts};
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use rmcp::ErrorData;
use tokio::time::timeout;

use super::reply::{refuse_for_now, refuse_request};
use crate::{Limits, envelope::decoded_size};

/// What is too small to be worth a look, whatever it holds.
const SMALL: usize = 1024;

/// The whole body, which may be decoded: what that takes is charged to the budget for as long as
/// `parts` or a clone of them are there, and so for as long as its calls run.
pub(crate) async fn read(
    body: Body,
    parts: &mut Parts,
    limits: &Limits,
) -> Result<Bytes, Response<Body>> {
    let bytes = receive(body, limits).await?;
    if bytes.len() <= SMALL {
        return Ok(bytes);
    }
    let size = decoded_size(&bytes);
    if size > limits.max_decoded_bytes {
        return Err(refuse_request(
            StatusCode::BAD_REQUEST,
            "the body holds more values than this server decodes: send fewer in one request",
        ));
    }
    let charge = limits.decoding_budget.charge(size).ok_or_else(|| {
        let error = ErrorData::internal_error(
            "the server is at work on as much as it has memory for; ask again later",
            None,
        );
        refuse_for_now(StatusCode::SERVICE_UNAVAILABLE, None, &error)
    })?;
    parts.extensions.insert(charge);
    Ok(bytes)
}

async fn receive(body: Body, limits: &Limits) -> Result<Bytes, Response<Body>> {
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
