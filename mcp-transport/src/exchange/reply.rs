//! JSON-RPC answers as HTTP responses.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use rmcp::{
    ErrorData,
    model::{CustomResult, ErrorCode, RequestId, ServerResult},
};
use serde::Serialize;
use serde_json::value::RawValue;

use super::signature::Signed;
use crate::envelope::Malformed;

/// The answer to one request, encoded.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) json: Bytes,
}

#[derive(Serialize)]
struct Success<'a, R: ?Sized> {
    jsonrpc: &'static str,
    id: &'a RequestId,
    result: &'a R,
}

#[derive(Serialize)]
struct Failure<'a> {
    jsonrpc: &'static str,
    // 2026-07-28 omits the id where it could not be read; it is never null.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RequestId>,
    error: &'a ErrorData,
}

impl Reply {
    /// Encodes what the handler returned. `modern` selects the statuses of 2026-07-28; older
    /// revisions carry errors of a request in a 200.
    pub(crate) fn new(
        id: &RequestId,
        outcome: &Result<ServerResult, ErrorData>,
        modern: bool,
    ) -> Self {
        match outcome {
            Ok(result) => Self::result(id, result, result, modern),
            Err(error) => Self::error(id, error, modern),
        }
    }

    /// Encodes a result of 2026-07-28.
    pub(crate) fn signed(id: &RequestId, signed: &Signed<'_>) -> Self {
        Self::result(id, signed.result, signed, true)
    }

    fn result(
        id: &RequestId,
        result: &ServerResult,
        encoded: &impl Serialize,
        modern: bool,
    ) -> Self {
        match result {
            ServerResult::CustomResult(CustomResult(value)) if !value.is_object() => {
                tracing::error!("the result of a custom method is no JSON object");
                Self::internal_error(id, modern)
            }
            _ => Self::with_room(0, id, encoded, modern),
        }
    }

    /// Encodes a result of which the text is known.
    pub(crate) fn again(id: &RequestId, result: &RawValue, modern: bool) -> Self {
        Self::with_room(result.get().len(), id, result, modern)
    }

    fn with_room(
        room: usize,
        id: &RequestId,
        result: &(impl Serialize + ?Sized),
        modern: bool,
    ) -> Self {
        let success = Success {
            jsonrpc: "2.0",
            id,
            result,
        };
        match encode(&success, room) {
            Some(json) => Self {
                status: StatusCode::OK,
                json,
            },
            None => Self::internal_error(id, modern),
        }
    }

    pub(crate) fn error(id: &RequestId, error: &ErrorData, modern: bool) -> Self {
        Self {
            status: if modern {
                status(error.code)
            } else {
                StatusCode::OK
            },
            json: failure(Some(id), error),
        }
    }

    pub(crate) fn internal_error(id: &RequestId, modern: bool) -> Self {
        Self::error(
            id,
            &ErrorData::internal_error("internal error", None),
            modern,
        )
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        json(self.status, self.json)
    }
}

/// The status that 2026-07-28 gives an error of a request.
fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::UNSUPPORTED_PROTOCOL_VERSION
        | ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY
        | ErrorCode::HEADER_MISMATCH
        | ErrorCode::INVALID_REQUEST => StatusCode::BAD_REQUEST,
        ErrorCode::METHOD_NOT_FOUND => StatusCode::NOT_FOUND,
        _ => StatusCode::OK,
    }
}

/// A refusal before anything ran.
pub(crate) fn refuse(
    status: StatusCode,
    id: Option<&RequestId>,
    error: &ErrorData,
) -> Response<Body> {
    note_refusal(status, error);
    json(status, failure(id, error))
}

/// For the operator; also where the client reads the error elsewhere than in a response.
pub(crate) fn note_refusal(status: StatusCode, error: &ErrorData) {
    // The sentence may quote what a client sent, so it is escaped.
    tracing::debug!(
        status = status.as_u16(),
        code = error.code.0,
        reason = ?error.message,
        "request refused"
    );
    count_refusal("transport", status);
}

/// One more refusal of a `layer`, for the operator; no label says who the caller is.
pub(crate) fn count_refusal(layer: &'static str, status: StatusCode) {
    #[cfg(feature = "metrics")]
    metrics::counter!(
        "portcullis_refusals_total",
        "layer" => layer,
        "status" => status.as_str().to_owned(),
    )
    .increment(1);
    #[cfg(not(feature = "metrics"))]
    let _ = (layer, status);
}

/// A refusal of what may be asked again later.
pub(crate) fn refuse_for_now(
    status: StatusCode,
    id: Option<&RequestId>,
    error: &ErrorData,
) -> Response<Body> {
    let mut response = refuse(status, id, error);
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
    response
}

/// A refusal of the HTTP request itself: no message has been read yet.
pub(crate) fn refuse_request(status: StatusCode, sentence: &'static str) -> Response<Body> {
    refuse(status, None, &ErrorData::invalid_request(sentence, None))
}

/// A method that a route does not have, and the only one that it has.
pub(crate) fn method_not_allowed(allowed: &'static str, sentence: &'static str) -> Response<Body> {
    let mut response = refuse_request(StatusCode::METHOD_NOT_ALLOWED, sentence);
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

pub(crate) fn malformed(error: &Malformed) -> Response<Body> {
    refuse(StatusCode::BAD_REQUEST, error.id(), &error.to_error())
}

/// A message that needs no answer has been received.
pub(crate) fn accepted() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

pub(crate) fn json(status: StatusCode, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

pub(crate) fn failure(id: Option<&RequestId>, error: &ErrorData) -> Bytes {
    const UNSPEAKABLE: &[u8] =
        br#"{"jsonrpc":"2.0","error":{"code":-32603,"message":"internal error"}}"#;
    let failure = Failure {
        jsonrpc: "2.0",
        id,
        error,
    };
    encode(&failure, 0).unwrap_or(Bytes::from_static(UNSPEAKABLE))
}

/// Encodes straight into the bytes of the body, with `room` for what is known to be long. Only a
/// handler's own `Serialize` can fail here.
fn encode(message: &impl Serialize, room: usize) -> Option<Bytes> {
    const TYPICAL: usize = 512;
    let mut buffer = Vec::with_capacity(TYPICAL + room);
    match serde_json::to_writer(&mut buffer, message) {
        Ok(()) => Some(buffer.into()),
        Err(error) => {
            tracing::error!(error = error.to_string(), "a result cannot be encoded");
            None
        }
    }
}
