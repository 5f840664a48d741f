use axum::body::Body;
use http::{Response, StatusCode};
use rmcp::ErrorData;
use thiserror::Error;

use crate::exchange::reply::refuse;

/// Why a request does not get past the guard. One status and one sentence each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum Refusal {
    #[error("the request names no Host")]
    MissingHost,
    #[error("the request has more than one Host")]
    RepeatedHost,
    #[error("Host is not a host and a port")]
    UnreadableHost,
    #[error(
        "this server does not answer to that Host; \
         if it should, set PUBLIC_URL or add the host with allow_host (ALLOWED_HOSTS)"
    )]
    ForeignHost,
    #[error("the request has more than one Origin")]
    RepeatedOrigin,
    #[error(
        "pages of that Origin may not use this server; \
         if they should, add the origin with allow_origin (ALLOWED_ORIGINS)"
    )]
    ForeignOrigin,
}

impl Refusal {
    fn status(self) -> StatusCode {
        match self {
            // RFC 9112, section 3.2.
            Self::MissingHost | Self::RepeatedHost | Self::UnreadableHost => {
                StatusCode::BAD_REQUEST
            }
            Self::ForeignHost | Self::RepeatedOrigin | Self::ForeignOrigin => StatusCode::FORBIDDEN,
        }
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let error = ErrorData::invalid_request(self.to_string(), None);
        refuse(self.status(), None, &error)
    }
}
