use std::borrow::Cow;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, WWW_AUTHENTICATE},
};
use serde::Serialize;

use super::{lifetimes, retry_after::retry_after};

/// An error response in JSON (RFC 6749 §5.2, RFC 7591 §3.2.2): fixed words, nothing of the cause, and of the
/// request at most what is [`quoted`](super::quoted::quoted).
#[derive(Debug, Clone)]
pub(crate) struct OAuthError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) description: Cow<'static, str>,
}

#[derive(Serialize)]
struct Body {
    error: &'static str,
    error_description: Cow<'static, str>,
}

impl OAuthError {
    pub(crate) const fn bad_request(code: &'static str, description: &'static str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code,
            description: Cow::Borrowed(description),
        }
    }

    /// Something behind us fails; the request may be repeated as it is.
    pub(crate) const TEMPORARILY_UNAVAILABLE: Self = Self {
        status: StatusCode::SERVICE_UNAVAILABLE,
        code: "temporarily_unavailable",
        description: Cow::Borrowed("try again in a few seconds; nothing is lost"),
    };

    /// The answer with a challenge, for a client that authenticated with HTTP Basic.
    pub(crate) fn with_basic_challenge(self) -> Response {
        let mut response = self.into_response();
        let challenge = HeaderValue::from_static("Basic realm=\"token endpoint\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        response
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = Json(Body {
            error: self.code,
            error_description: self.description,
        });
        let response = (self.status, [(CACHE_CONTROL, "no-store")], body).into_response();
        match self.status {
            StatusCode::SERVICE_UNAVAILABLE => retry_after(lifetimes::RETRY_AFTER, response),
            _ => response,
        }
    }
}
