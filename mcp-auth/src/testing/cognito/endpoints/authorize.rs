use std::sync::Arc;

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
};
use axum_extra::extract::cookie::CookieJar;

use super::{
    Pool,
    request::{AuthorizeError, AuthorizeParams, found},
    session,
};

/// `GET /oauth2/authorize`: to the app with a code if the browser has signed in, else to `/login`.
pub(super) async fn authorize(
    State(pool): State<Arc<Pool>>,
    jar: CookieJar,
    params: Result<Query<AuthorizeParams>, QueryRejection>,
) -> Result<Response, AuthorizeError> {
    let Query(params) = params.map_err(|_| AuthorizeError::MALFORMED)?;
    let request = params.check(&pool)?;
    let session = session::find(&pool, &jar);
    match (request.prompt.as_deref(), session) {
        (Some("login"), _) => Ok(found(request.login_url())),
        (Some("none"), None) => Err(request.refuse("login_required", "user_not_signed_in")),
        (_, None) => Ok(found(request.login_url())),
        (_, Some(session)) => session::redirect_with_code(&pool, request, session),
    }
}
