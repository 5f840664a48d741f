//! The body of `/token`, `/revoke` and `/consent`.

use std::borrow::Cow;

use axum::{body::Bytes, extract::rejection::BytesRejection};
use http::{HeaderMap, StatusCode};

use super::is_content_type;
use crate::server::{oauth_error::OAuthError, params::Params};

/// Why a body is not the form that it should be.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub(super) enum NotAForm {
    #[error("the body has more than 16 KiB")]
    TooLarge,
    #[error("the body is not application/x-www-form-urlencoded")]
    Malformed,
}

/// Reads the parameters of a form, the media type of OAuth requests (RFC 6749 §4.1.3).
pub(super) fn read(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Params, NotAForm> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => NotAForm::TooLarge,
        _ => NotAForm::Malformed,
    })?;
    if !is_content_type(headers, "application/x-www-form-urlencoded") {
        return Err(NotAForm::Malformed);
    }
    Ok(Params::parse(&body))
}

impl NotAForm {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Malformed => StatusCode::BAD_REQUEST,
        }
    }
}

impl From<NotAForm> for OAuthError {
    fn from(problem: NotAForm) -> Self {
        Self {
            status: problem.status(),
            code: "invalid_request",
            description: Cow::Borrowed(match problem {
                NotAForm::TooLarge => "the body has more than 16 KiB",
                NotAForm::Malformed => "send the parameters as application/x-www-form-urlencoded",
            }),
        }
    }
}
