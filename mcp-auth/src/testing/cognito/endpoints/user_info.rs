use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, StatusCode,
    header::{AUTHORIZATION, WWW_AUTHENTICATE},
};
use serde_json::{Map, Value, json};

use super::Pool;
use crate::testing::cognito::pool::lock;

/// `/oauth2/userInfo`, GET and POST: the user behind an access token that has the scope `openid`.
pub(super) async fn user_info(State(pool): State<Arc<Pool>>, headers: HeaderMap) -> Response {
    match answer(&pool, &headers) {
        Some(user) => Json(user).into_response(),
        None => {
            let error = "invalid_token";
            let description = "Access token is expired, disabled, or deleted, or it is not valid";
            let challenge = format!("error=\"{error}\", error_description=\"{description}\"");
            let body = Json(json!({ "error": error, "error_description": description }));
            (
                StatusCode::UNAUTHORIZED,
                [(WWW_AUTHENTICATE, challenge)],
                body,
            )
                .into_response()
        }
    }
}

fn answer(pool: &Pool, headers: &HeaderMap) -> Option<Value> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let claims = pool.keys().open_access_token(token)?;
    let text = |claims: &Map<String, Value>, name: &str| -> Option<String> {
        Some(claims.get(name)?.as_str()?.to_owned())
    };
    let now = pool.now();
    let alive = claims.get("exp")?.as_u64()? > now.as_secs()
        && text(&claims, "token_use")? == "access"
        && text(&claims, "scope")?
            .split(' ')
            .any(|scope| scope == "openid");
    if !alive
        || lock(&pool.revoked)
            .get(now, &text(&claims, "origin_jti")?)
            .is_some()
    {
        return None;
    }
    let user = pool.user(&text(&claims, "username")?)?;
    let mut answer = json!({ "sub": user.sub, "username": user.username });
    if let Some(email) = user.email {
        // Cognito sends this one as a string, unlike the id token.
        answer["email_verified"] = "true".into();
        answer["email"] = email.into();
    }
    Some(answer)
}
