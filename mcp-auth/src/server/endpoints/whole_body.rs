//! Bodies are read here, whole and within bounds, before an endpoint sees a request.

use std::{borrow::Cow, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, StatusCode, header::ACCEPT_ENCODING};
use portcullis_body::ReadError;

use crate::server::{oauth_error::OAuthError, refusal::refused};

/// The most that any endpoint reads of a request's body.
const MAX_BODY: usize = 16 * 1024;

/// How long all of it may take to arrive.
const DEADLINE: Duration = Duration::from_secs(10);

/// Hands the request on with its body in one piece.
pub(super) async fn whole_body(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if portcullis_body::is_encoded(&parts.headers) {
        return refused(&Encoded, encoded());
    }
    match portcullis_body::read(body, MAX_BODY, DEADLINE).await {
        Ok(bytes) => {
            next.run(Request::from_parts(parts, Body::from(bytes)))
                .await
        }
        Err(error) => refused(&error, answer(error).into_response()),
    }
}

/// A body is compressed: nobody knows how large it becomes.
#[derive(Debug, thiserror::Error)]
#[error("the body has a Content-Encoding")]
struct Encoded;

/// Says what is accepted instead (RFC 9110 §15.5.16).
fn encoded() -> Response {
    let error = OAuthError {
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        code: "invalid_request",
        description: Cow::Borrowed("send the body without a Content-Encoding"),
    };
    let mut response = error.into_response();
    let identity = HeaderValue::from_static("identity");
    response.headers_mut().insert(ACCEPT_ENCODING, identity);
    response
}

fn answer(error: ReadError) -> OAuthError {
    let (status, description) = match error {
        ReadError::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body has more than 16 KiB",
        ),
        ReadError::TooSlow => (
            StatusCode::REQUEST_TIMEOUT,
            "the body took more than 10 seconds to arrive",
        ),
        ReadError::Broken => (
            StatusCode::BAD_REQUEST,
            "the body could not be read to its end",
        ),
    };
    OAuthError {
        status,
        code: "invalid_request",
        description: Cow::Borrowed(description),
    }
}
