//! Why there is no session, and how a client is told.

use axum::body::Body;
use http::{Extensions, Response, StatusCode};
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
    #[cfg(feature = "lambda")]
    #[error(
        "this server keeps sessions in its process, and on AWS Lambda the next request may reach another \
         one: serve this app elsewhere, or build it without `sessions` and without HTTP+SSE"
    )]
    Sandbox,
    #[error("no random session id can be made")]
    NoEntropy(#[from] getrandom::Error),
}

impl NotOpened {
    /// Refuses where a session could not be found again.
    pub(crate) fn unless_kept(extensions: &Extensions) -> Result<(), Self> {
        #[cfg(feature = "lambda")]
        if extensions.get::<crate::lambda::Sandbox>().is_some() {
            return Err(Self::Sandbox);
        }
        #[cfg(not(feature = "lambda"))]
        let _ = extensions;
        Ok(())
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let status = match self {
            Self::Retired | Self::Full => StatusCode::SERVICE_UNAVAILABLE,
            Self::FullForOwner => StatusCode::TOO_MANY_REQUESTS,
            #[cfg(feature = "lambda")]
            Self::Sandbox => return self.never(),
            Self::NoEntropy(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let error = ErrorData::internal_error(self.to_string(), None);
        reply::refuse_for_now(status, None, &error)
    }

    /// It is the author who can do something, so it is more than a line at DEBUG.
    #[cfg(feature = "lambda")]
    fn never(self) -> Response<Body> {
        tracing::error!("{self}");
        let error = ErrorData::internal_error(self.to_string(), None);
        reply::refuse(StatusCode::NOT_IMPLEMENTED, None, &error)
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
