use std::sync::Arc;

use axum::{
    Form, Json,
    extract::{State, rejection::FormRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header::CACHE_CONTROL};
use serde::{Deserialize, Serialize};

use super::{Pool, client_auth, code_grant, oauth_error::OAuthError, refresh_grant};
use crate::{
    names::ScopeSet,
    testing::cognito::{MockAppClient, app_client::AppClientGrant, token::machine_token},
};

#[derive(Deserialize)]
pub(super) struct TokenForm {
    grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    scope: Option<String>,
    pub(super) code: Option<String>,
    pub(super) redirect_uri: Option<String>,
    pub(super) code_verifier: Option<String>,
    pub(super) refresh_token: Option<String>,
}

/// Cognito's answer: there is no `scope`, even when less was granted than asked for.
#[derive(Serialize)]
pub(super) struct TokenResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id_token: Option<String>,
    pub(super) access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refresh_token: Option<String>,
    pub(super) expires_in: u64,
    pub(super) token_type: &'static str,
}

/// `POST /oauth2/token`
pub(super) async fn token(
    State(pool): State<Arc<Pool>>,
    headers: HeaderMap,
    form: Result<Form<TokenForm>, FormRejection>,
) -> Result<TokenResponse, OAuthError> {
    let Form(form) = form.map_err(|_| OAuthError::InvalidRequest)?;
    let grant_type = form
        .grant_type
        .as_deref()
        .ok_or(OAuthError::InvalidRequest)?;
    let needed = match grant_type {
        "authorization_code" | "refresh_token" => AppClientGrant::Code,
        "client_credentials" => AppClientGrant::ClientCredentials,
        _ => return Err(OAuthError::UnsupportedGrantType),
    };
    let (id, secret) = (form.client_id.as_deref(), form.client_secret.as_deref());
    let client = client_auth::authenticate(&pool, &headers, id, secret)?;
    if client.grant != needed {
        return Err(OAuthError::UnauthorizedClient);
    }
    match grant_type {
        "authorization_code" => code_grant::redeem(&pool, &client, form),
        "refresh_token" => refresh_grant::refresh(&pool, &client, form),
        _ => client_credentials(&pool, &client, form),
    }
}

fn client_credentials(
    pool: &Pool,
    client: &MockAppClient,
    form: TokenForm,
) -> Result<TokenResponse, OAuthError> {
    let allowed = client.allowed_scopes().unwrap_or_default();
    let scopes = match form.scope.as_deref().filter(|s| !s.is_empty()) {
        None => allowed,
        Some(text) => {
            let asked: ScopeSet = text.parse().map_err(|_| OAuthError::InvalidScope)?;
            if !allowed.contains_all(&asked) {
                return Err(OAuthError::InvalidScope);
            }
            asked
        }
    };
    Ok(TokenResponse {
        id_token: None,
        access_token: machine_token(pool, client, &scopes)?,
        refresh_token: None,
        expires_in: client.access_lifetime.as_secs(),
        token_type: "Bearer",
    })
}

impl IntoResponse for TokenResponse {
    fn into_response(self) -> Response {
        ([(CACHE_CONTROL, "no-store")], Json(self)).into_response()
    }
}
