//! What the function says where it cannot answer.

use axum::body::Body;
use bytes::Bytes;
use http::{Response, StatusCode};
use rmcp::{ErrorData, model::RequestId};
use serde::Deserialize;
use thiserror::Error;

use super::front::Front;
use crate::exchange::reply;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum Refusal {
    #[error("the path of the request cannot be read")]
    UnreadablePath,
    #[error("the body of the request is not Base64, though the event says so")]
    UnreadableBody,
    #[error("the answer broke off")]
    BrokenOff,
    #[error("{}", too_large(*.0))]
    TooLarge(Front),
    #[error("{}", too_slow(*.0))]
    TooSlow(Front),
}

fn too_large(front: Front) -> &'static str {
    match front {
        Front::LoadBalancer { .. } => {
            "the answer is larger than the 1 MB that a load balancer takes from a Lambda function; \
             ask for less, or reach this server through a function URL or run it as a process"
        }
        Front::HttpApi | Front::FunctionUrl => {
            "the answer is larger than the 6 MB that a Lambda function can return; ask for less, or \
             reach this server through a function URL with InvokeMode RESPONSE_STREAM"
        }
    }
}

fn too_slow(front: Front) -> &'static str {
    match front {
        Front::LoadBalancer { .. } => {
            "the answer did not end before the Lambda function's timeout, and a load balancer takes \
             no stream from it; raise the timeout, or for streams reach this server through a \
             function URL with InvokeMode RESPONSE_STREAM or run it as a process"
        }
        Front::HttpApi => {
            "the answer did not end before the Lambda function's timeout or the 30 seconds of an \
             HTTP API, which takes no stream; for longer answers and streams reach this server \
             through a function URL with InvokeMode RESPONSE_STREAM or run it as a process"
        }
        Front::FunctionUrl => {
            "the answer did not end before the Lambda function's timeout; raise the timeout, and \
             for streams set the function URL's InvokeMode and LAMBDA_INVOKE_MODE to \
             RESPONSE_STREAM; a stream that may last needs this server as a process"
        }
    }
}

impl Refusal {
    fn status(self) -> StatusCode {
        match self {
            Self::UnreadablePath | Self::UnreadableBody => StatusCode::BAD_REQUEST,
            Self::BrokenOff | Self::TooLarge(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TooSlow(_) => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// `asked` is the body of the request, whose id the answer repeats if it has one.
    pub(super) fn into_response(self, asked: &[u8]) -> Response<Body> {
        self.note();
        reply::json(self.status(), self.to_json(asked))
    }

    /// For the operator, who may have to choose another front or a longer timeout.
    pub(super) fn note(self) {
        tracing::warn!(
            status = self.status().as_u16(),
            reason = self.to_string(),
            "no answer from this function"
        );
        reply::count_refusal("lambda", self.status());
    }

    pub(super) fn to_json(self, asked: &[u8]) -> Bytes {
        #[derive(Deserialize)]
        struct Asked {
            id: RequestId,
        }
        let asked: Option<Asked> = serde_json::from_slice(asked).ok();
        let error = match self.status() {
            StatusCode::BAD_REQUEST => ErrorData::invalid_request(self.to_string(), None),
            _ => ErrorData::internal_error(self.to_string(), None),
        };
        reply::failure(asked.as_ref().map(|asked| &asked.id), &error)
    }
}
