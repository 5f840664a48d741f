use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::Pool;

/// `GET /{pool}/.well-known/openid-configuration`: Cognito's members, so neither
/// `code_challenge_methods_supported` nor `registration_endpoint`.
pub(super) async fn openid_configuration(State(pool): State<Arc<Pool>>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", pool.origin);
    Json(json!({
        "authorization_endpoint": at("/oauth2/authorize"),
        "end_session_endpoint": at("/logout"),
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": pool.issuer,
        "jwks_uri": pool.jwks_uri(),
        "response_types_supported": ["code", "token"],
        "revocation_endpoint": at("/oauth2/revoke"),
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": at("/oauth2/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "userinfo_endpoint": at("/oauth2/userInfo"),
    }))
}

/// `GET /{pool}/.well-known/jwks.json`
pub(super) async fn jwks(State(pool): State<Arc<Pool>>) -> Json<Value> {
    Json(pool.keys().jwks())
}
