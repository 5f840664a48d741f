use axum::response::{IntoResponse, Response};
use http::{
    StatusCode,
    header::{CACHE_CONTROL, LOCATION},
};
use url::Url;

use super::{redirect_uri::RedirectUri, refusal::refused, secret::Secret};
use crate::names::Issuer;

/// Sends the browser back to a client whose redirect URI has been validated (RFC 6749 §4.1.2), always
/// with `state` and `iss` (RFC 9207 §2).
pub(crate) struct AuthorizationResponse<'a> {
    pub(crate) issuer: &'a Issuer,
    pub(crate) redirect_uri: &'a RedirectUri,
    pub(crate) state: Option<&'a Secret>,
}

/// Why the client gets no code (RFC 6749 §4.1.2.1, RFC 8707 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {description}")]
pub(crate) struct AuthorizationError {
    code: &'static str,
    description: &'static str,
}

impl AuthorizationError {
    pub(crate) const fn new(code: &'static str, description: &'static str) -> Self {
        Self { code, description }
    }

    /// A fixed sentence for the client's developer.
    pub(crate) fn description(&self) -> &'static str {
        self.description
    }
}

impl AuthorizationResponse<'_> {
    pub(crate) fn code(&self, code: &str) -> Response {
        found(&self.url(&[("code", code)]))
    }

    pub(crate) fn error(&self, error: AuthorizationError) -> Response {
        refused(&error, found(&self.error_url(error)))
    }

    /// Where an error is told to the client.
    pub(crate) fn error_url(&self, error: AuthorizationError) -> Url {
        self.url(&[
            ("error", error.code),
            ("error_description", error.description),
        ])
    }

    fn url(&self, parameters: &[(&str, &str)]) -> Url {
        let mut parameters = parameters.to_vec();
        if let Some(state) = self.state {
            parameters.push(("state", state.expose()));
        }
        parameters.push(("iss", self.issuer.as_str()));
        self.redirect_uri.with_query(&parameters)
    }
}

/// 302, not to be cached: the URL holds a code, or the state of one sign-in.
pub(crate) fn found(url: &Url) -> Response {
    let headers = [(LOCATION, url.as_str()), (CACHE_CONTROL, "no-store")];
    (StatusCode::FOUND, headers).into_response()
}
