//! Why there is no session, and how a client is told.

use axum::body::Body;
use http::{Response, StatusCode};
use rmcp::ErrorData;
use thiserror::Error;

use super::Busy;
use crate::exchange::reply;

/// Why no session is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum NotOpened {
    #[error("this server is shutting down; connect again")]
    Retired,
    #[error("this server has as many open sessions as it may have; try again later")]
    Full,
    #[error("you have as many open sessions as one caller may have; close one, then try again")]
    FullForOwner,
    #[error("no random session id can be made")]
    NoEntropy(#[from] getrandom::Error),
}

impl NotOpened {
    pub(crate) fn into_response(self) -> Response<Body> {
        let status = match self {
            Self::Retired | Self::Full => StatusCode::SERVICE_UNAVAILABLE,
            Self::FullForOwner => StatusCode::TOO_MANY_REQUESTS,
            Self::NoEntropy(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let error = ErrorData::internal_error(self.to_string(), None);
        reply::refuse_for_now(status, None, &error)
    }
}

impl Busy {
    /// `retired` answers for a session that is about to end.
    pub(crate) fn into_response(self, retired: impl FnOnce() -> Response<Body>) -> Response<Body> {
        match self {
            Self::Retired => retired(),
            Self::Repeated => reply::refuse_request(
                StatusCode::BAD_REQUEST,
                "a request with this id is still running in this session",
            ),
            Self::TooMany => reply::refuse_request(
                StatusCode::TOO_MANY_REQUESTS,
                "this session has as many running requests as it may have; wait for an answer",
            ),
        }
    }
}
