use std::sync::Arc;

use axum::{
    Form,
    extract::{State, rejection::FormRejection},
};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::{Pool, client_auth, oauth_error::OAuthError};
use crate::testing::cognito::{app_client::AppClientGrant, pool::lock, refresh::RefreshState};

#[derive(Deserialize)]
pub(super) struct RevokeForm {
    token: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// `POST /oauth2/revoke`: ends a refresh token, and for `/oauth2/userInfo` the access tokens of the
/// same sign-in. An access token stays good for whoever only checks its signature.
pub(super) async fn revoke(
    State(pool): State<Arc<Pool>>,
    headers: HeaderMap,
    form: Result<Form<RevokeForm>, FormRejection>,
) -> Result<StatusCode, OAuthError> {
    let Form(form) = form.map_err(|_| OAuthError::InvalidRequest)?;
    let (id, secret) = (form.client_id.as_deref(), form.client_secret.as_deref());
    let client = client_auth::authenticate(&pool, &headers, id, secret)?;
    if client.grant != AppClientGrant::Code {
        return Err(OAuthError::UnauthorizedClient);
    }
    let token = form.token.ok_or(OAuthError::InvalidRequest)?;
    let Some(state) = RefreshState::open(&pool, &token) else {
        return match pool.keys().open_access_token(&token) {
            Some(_) => Err(OAuthError::UnsupportedTokenType),
            // RFC 7009 §2.2: an unknown token is as good as a revoked one.
            None => Ok(StatusCode::OK),
        };
    };
    if state.sign_in.client_id != client.id {
        return Err(OAuthError::InvalidRequest);
    }
    lock(&pool.revoked).insert(pool.now(), state.sign_in.origin_jti, state.ends, ());
    Ok(StatusCode::OK)
}
