//! The body of `/token`, `/revoke` and `/consent`.

use http::HeaderMap;

use super::is_content_type;
use crate::server::{oauth_error::OAuthError, params::Params};

/// A body is not the form that it should be.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the body is not application/x-www-form-urlencoded")]
pub(super) struct NotAForm;

/// Reads the parameters of a form, the media type of OAuth requests (RFC 6749 §4.1.3).
pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Params, NotAForm> {
    if !is_content_type(headers, "application/x-www-form-urlencoded") {
        return Err(NotAForm);
    }
    Ok(Params::parse(body))
}

impl From<NotAForm> for OAuthError {
    fn from(_: NotAForm) -> Self {
        Self::bad_request(
            "invalid_request",
            "send the parameters as application/x-www-form-urlencoded",
        )
    }
}
