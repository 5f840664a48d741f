//! Reading a body within its bounds.

#![expect(
    clippy::result_large_err,
    reason = "a refusal is the response itself; it is rare, and moved once"
)]

use axum::body::Body;
use bytes::Bytes;
use http::{Response, StatusCode, request::Parts};
use portcullis_body::ReadError;

use super::reply::refuse_request;
use crate::{
    Limits,
    decoding_budget::{Charge, NoRoom},
    envelope::decoded_size,
    session::FindHolder,
};

/// What is too small to be worth a look, whatever it holds.
const SMALL: usize = 1024;

/// The whole body, which may be decoded: what that takes is charged to the budget for as long as
/// `parts` or a clone of them are there, and so for as long as its calls run.
pub(crate) async fn read(
    body: Body,
    parts: &mut Parts,
    limits: &Limits,
    find_holder: &FindHolder,
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
    let charge = limits
        .decoding_budget
        .charge(size, find_holder.counted(&parts.extensions))
        .map_err(NoRoom::into_response)?;
    parts.extensions.insert(charge);
    Ok(bytes)
}

/// What a session may hold of its handshake, by the same estimate: what a client says of itself is kept for
/// as long as the session lasts, when the budget has it back.
const MAX_HANDSHAKE: usize = 256 * 1024;

/// Refuses a handshake, read with these `parts`, that is too much to keep.
pub(crate) fn check_handshake(parts: &Parts) -> Result<(), Response<Body>> {
    let charge = parts.extensions.get::<Charge>();
    if charge.is_some_and(|charge| charge.bytes() > MAX_HANDSHAKE) {
        return Err(refuse_request(
            StatusCode::BAD_REQUEST,
            "the client says more of itself than a session keeps: send less in initialize",
        ));
    }
    Ok(())
}

async fn receive(body: Body, limits: &Limits) -> Result<Bytes, Response<Body>> {
    portcullis_body::read(body, limits.max_body_bytes, limits.body_timeout)
        .await
        .map_err(|error| match error {
            ReadError::TooLarge => refuse_request(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the body is larger than this server accepts",
            ),
            ReadError::TooSlow => refuse_request(
                StatusCode::REQUEST_TIMEOUT,
                "the body took too long to arrive",
            ),
            ReadError::Broken => refuse_request(
                StatusCode::BAD_REQUEST,
                "the body could not be read to its end",
            ),
        })
}
