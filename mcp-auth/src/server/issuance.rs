//! Token responses (RFC 6749 §5.1).

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::header::CACHE_CONTROL;
use serde::Serialize;

use super::{
    Server, access_token,
    grant_token::{GrantToken, GrantTokenKind},
    records::{Grant, GrantState, Issued},
};
use crate::{
    entropy::{EntropyError, random_id},
    names::ScopeSet,
};

/// A token response could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IssueError {
    #[error(transparent)]
    Sign(#[from] access_token::SigningError),
    #[error("the grant is not active")]
    Inactive,
}

/// What a client gets.
#[derive(Serialize)]
pub(crate) struct TokenResponse {
    pub(crate) access_token: String,
    token_type: &'static str,
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    scope: ScopeSet,
}

impl Server {
    /// A new access token's variable part.
    pub(crate) fn issue_now(&self, scopes: ScopeSet) -> Result<Issued, EntropyError> {
        Ok(Issued {
            at: self.now(),
            jti: random_id::<16>(&*self.entropy)?,
            scopes,
        })
    }

    /// The tokens of an active grant: made again from the record, the same each time.
    pub(crate) fn token_response(
        &self,
        grant_id: &str,
        grant: &Grant,
    ) -> Result<TokenResponse, IssueError> {
        let GrantState::Active { issued, .. } = &grant.state else {
            return Err(IssueError::Inactive);
        };
        self.token_response_with(grant_id, grant, issued)
    }

    /// The current refresh token of an active grant, with this access token.
    pub(crate) fn token_response_with(
        &self,
        grant_id: &str,
        grant: &Grant,
        issued: &Issued,
    ) -> Result<TokenResponse, IssueError> {
        let GrantState::Active { generation, .. } = &grant.state else {
            return Err(IssueError::Inactive);
        };
        // A grant without an upstream session to check cannot be refreshed.
        let refresh_token = grant.upstream.refresh_token.as_ref().map(|_| {
            let token = GrantToken {
                grant_id,
                generation: *generation,
            };
            token.issue(GrantTokenKind::Refresh, &self.sealer)
        });
        let expires_at = issued.at.plus(self.lifetimes.access);
        let access_token = access_token::sign(
            &self.signing,
            &self.issuer,
            grant_id,
            grant,
            issued,
            expires_at,
        )?;
        Ok(TokenResponse {
            access_token,
            token_type: "Bearer",
            expires_in: expires_at.since(self.now()).as_secs(),
            refresh_token,
            scope: issued.scopes.clone(),
        })
    }
}

impl IntoResponse for TokenResponse {
    fn into_response(self) -> Response {
        ([(CACHE_CONTROL, "no-store")], Json(self)).into_response()
    }
}
