use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header::CACHE_CONTROL};

use super::{
    form::{self, NotAForm},
    token::client_auth::{self, ClientAuthError},
};
use crate::{
    names::BearerToken,
    server::{
        Server,
        grant_token::{GrantToken, GrantTokenKind},
        oauth_error::OAuthError,
        params::Duplicate,
        refusal::{failed, refused},
        vault::VaultError,
    },
};

/// Why nothing was revoked, when that is not simply how it should be.
#[derive(Debug, thiserror::Error)]
pub(super) enum RevokeError {
    #[error(transparent)]
    Form(#[from] NotAForm),
    #[error("there is not one token")]
    Request,
    #[error(transparent)]
    Client(#[from] ClientAuthError),
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// `POST /revoke` (RFC 7009): ends the grant that a refresh or access token belongs to, here and
/// upstream. A token that is unknown or another client's changes nothing, and is answered the same
/// (§2.2), so nothing is learned by trying.
pub(super) async fn revoke(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, RevokeError> {
    let params = form::read(&headers, &body)?;
    let client = client_auth::authenticate(&server, &headers, &params)?;
    let token = params.one("token")?.ok_or(RevokeError::Request)?;
    if let Some(id) = grant_of(&server, token).await {
        let grant = server.grants.read(&id).await?;
        if grant.is_some_and(|grant| grant.value.client_id == client.id) {
            server.grants.revoke(&id, &server.upstream).await?;
        }
    }
    Ok((StatusCode::OK, [(CACHE_CONTROL, "no-store")]).into_response())
}

/// The grant of a genuine refresh or access token. `token_type_hint` only helps to look in the right
/// place first; there are two.
async fn grant_of(server: &Server, token: &str) -> Option<String> {
    let refresh = GrantToken::recognise(GrantTokenKind::Refresh, &server.sealer, token);
    if let Some(refresh) = refresh {
        return Some(refresh.grant_id.to_owned());
    }
    let token = BearerToken::new(token).ok()?;
    let claims = server.own_tokens.verify(&token).await.ok()?;
    claims.string("sid").ok()?.map(str::to_owned)
}

impl From<Duplicate> for RevokeError {
    fn from(_: Duplicate) -> Self {
        Self::Request
    }
}

impl IntoResponse for RevokeError {
    fn into_response(self) -> Response {
        let error = match &self {
            Self::Form(problem) => (*problem).into(),
            Self::Request => OAuthError::bad_request("invalid_request", "send one token"),
            Self::Client(error) => return refused(&self, error.answer()),
            Self::Vault(_) => {
                let answer = OAuthError::TEMPORARILY_UNAVAILABLE.into_response();
                return failed("a grant could not be revoked", &self, answer);
            }
        };
        refused(&self, error.into_response())
    }
}
