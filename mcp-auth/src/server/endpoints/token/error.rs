use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::{super::form::NotAForm, client_auth::ClientAuthError};
use crate::{
    entropy::EntropyError,
    server::{
        issuance::IssueError,
        oauth_error::OAuthError,
        params::Duplicate,
        refusal::{failed, refused},
        upstream::UpstreamError,
        vault::VaultError,
    },
};

/// Why no tokens are issued. What the client is told is a fixed word; what is wrong with a code or a
/// refresh token is for the log only, since it would help to guess.
#[derive(Debug, thiserror::Error)]
pub(in crate::server::endpoints) enum TokenError {
    #[error(transparent)]
    Form(#[from] NotAForm),
    #[error("malformed request: {0}")]
    Request(&'static str),
    #[error(transparent)]
    Client(#[from] ClientAuthError),
    #[error("unsupported grant_type")]
    UnsupportedGrantType,
    #[error("invalid grant: {0}")]
    Grant(&'static str),
    /// A `code` or a `refresh_token`.
    #[error("a {0} was used a second time")]
    Replay(&'static str),
    /// A `refresh_token`, where its reuse ends nothing.
    #[error("a {0} was superseded too long ago")]
    Superseded(&'static str),
    #[error("another resource than granted")]
    Target,
    #[error("more scopes than granted")]
    Scope,
    #[error("another request is refreshing the upstream session")]
    Busy,
    #[error(transparent)]
    Upstream(UpstreamError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Issue(#[from] IssueError),
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

const INVALID_GRANT: OAuthError = OAuthError::bad_request(
    "invalid_grant",
    "the code or refresh token is not valid for this request; sign in again",
);

impl From<Duplicate> for TokenError {
    fn from(_: Duplicate) -> Self {
        Self::Request("a parameter occurs more than once")
    }
}

impl ClientAuthError {
    pub(in crate::server::endpoints) fn answer(&self) -> Response {
        match self {
            Self::NoClient => {
                OAuthError::bad_request("invalid_request", "client_id is missing").into_response()
            }
            Self::Duplicate(_) | Self::TwoMethods => {
                OAuthError::bad_request("invalid_request", "authenticate once, by one method")
                    .into_response()
            }
            Self::Refused { basic } => {
                let error = OAuthError {
                    status: StatusCode::UNAUTHORIZED,
                    code: "invalid_client",
                    description: "unknown client, or a wrong secret, or none; register again"
                        .into(),
                };
                if *basic {
                    error.with_basic_challenge()
                } else {
                    error.into_response()
                }
            }
        }
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let error = match &self {
            Self::Form(problem) => (*problem).into(),
            Self::Request(problem) => OAuthError::bad_request("invalid_request", problem),
            Self::Client(error) => return refused(&self, error.answer()),
            Self::UnsupportedGrantType => OAuthError::bad_request(
                "unsupported_grant_type",
                "grant_type must be authorization_code or refresh_token",
            ),
            Self::Grant(_) | Self::Replay(_) | Self::Superseded(_) => INVALID_GRANT,
            Self::Target => OAuthError::bad_request(
                "invalid_target",
                "resource must be the one that was granted",
            ),
            Self::Scope => {
                OAuthError::bad_request("invalid_scope", "scope must be within what was granted")
            }
            Self::Busy => OAuthError::TEMPORARILY_UNAVAILABLE,
            Self::Upstream(_) | Self::Vault(_) | Self::Issue(_) | Self::Entropy(_) => {
                let answer = OAuthError::TEMPORARILY_UNAVAILABLE.into_response();
                return failed("tokens could not be issued", &self, answer);
            }
        };
        refused(&self, error.into_response())
    }
}
