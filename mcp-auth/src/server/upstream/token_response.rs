use http::StatusCode;
use serde::Deserialize;

use super::error::UpstreamError;
use crate::{http_client::HttpResponse, names::BearerToken, server::secret::Secret};

/// A successful answer of the token endpoint (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
#[derive(Deserialize)]
pub(super) struct TokenResponse {
    access_token: Secret,
    id_token: Option<Secret>,
    pub(super) refresh_token: Option<Secret>,
    pub(super) expires_in: Option<u64>,
    pub(super) scope: Option<String>,
}

#[derive(Deserialize)]
struct ErrorResponse {
    error: String,
}

impl TokenResponse {
    /// Reads an answer. Only `invalid_grant` speaks about the grant; whatever else is wrong is the
    /// provider's or the operator's, and costs no user a login.
    pub(super) fn read(response: &HttpResponse) -> Result<Self, UpstreamError> {
        if response.status == StatusCode::OK {
            return serde_json::from_slice(&response.body)
                .map_err(|_| UpstreamError::Unavailable("its token response is malformed".into()));
        }
        let error = serde_json::from_slice(&response.body)
            .map(|ErrorResponse { error }| error)
            .unwrap_or_default();
        if response.status.is_client_error() && error == "invalid_grant" {
            return Err(UpstreamError::Refused);
        }
        // The code is a fixed word in every provider that follows RFC 6749; nothing else is logged.
        let known = [
            "invalid_client",
            "invalid_request",
            "unauthorized_client",
            "invalid_scope",
        ];
        let error = known.into_iter().find(|known| *known == error);
        let problem = format!(
            "its token endpoint answered {} {}",
            response.status,
            error.unwrap_or("without a known error code")
        );
        Err(UpstreamError::Unavailable(problem.into()))
    }

    pub(super) fn access_token(&self) -> Result<BearerToken, UpstreamError> {
        bearer(&self.access_token)
    }

    pub(super) fn id_token(&self) -> Result<Option<BearerToken>, UpstreamError> {
        self.id_token.as_ref().map(bearer).transpose()
    }
}

fn bearer(token: &Secret) -> Result<BearerToken, UpstreamError> {
    BearerToken::new(token.expose()).map_err(|_| UpstreamError::Untrusted("a token is malformed"))
}
