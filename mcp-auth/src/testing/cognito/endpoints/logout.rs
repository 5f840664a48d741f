use std::sync::Arc;

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::{
    Pool,
    request::{AuthorizeError, found},
    session,
};

#[derive(Deserialize)]
pub(super) struct LogoutParams {
    client_id: String,
    logout_uri: String,
}

/// `GET /logout`: ends the hosted UI's session and sends the browser to a registered URL.
pub(super) async fn logout(
    State(pool): State<Arc<Pool>>,
    jar: CookieJar,
    params: Result<Query<LogoutParams>, QueryRejection>,
) -> Result<Response, AuthorizeError> {
    let Query(params) = params
        .map_err(|_| AuthorizeError::Page("invalid_request: give client_id and logout_uri."))?;
    let known = pool
        .client(&params.client_id)
        .is_some_and(|client| client.logout_urls.contains(&params.logout_uri));
    if !known {
        return Err(AuthorizeError::Page(
            "redirect_mismatch: logout_uri is not a sign-out URL of the app client. Add it with \
             `.logout_url(..)`.",
        ));
    }
    Ok((session::end(&pool, jar), found(params.logout_uri)).into_response())
}
