use std::sync::Arc;

use axum::{
    Form,
    extract::{
        Query, State,
        rejection::{FormRejection, QueryRejection},
    },
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::{
    Pool,
    page::{self, LoginPage},
    request::{AuthorizeError, AuthorizeParams, AuthorizeRequest},
    session,
};

#[derive(Deserialize)]
pub(super) struct Credentials {
    username: String,
    password: String,
}

/// `GET /login`: asks for username and password.
pub(super) async fn page(
    State(pool): State<Arc<Pool>>,
    params: Result<Query<AuthorizeParams>, QueryRejection>,
) -> Result<Response, AuthorizeError> {
    Ok(ask(&checked(&pool, params)?, "", None))
}

/// `POST /login`: starts the session and sends the browser back to the app, or asks again.
pub(super) async fn submit(
    State(pool): State<Arc<Pool>>,
    jar: CookieJar,
    params: Result<Query<AuthorizeParams>, QueryRejection>,
    credentials: Result<Form<Credentials>, FormRejection>,
) -> Result<Response, AuthorizeError> {
    let request = checked(&pool, params)?;
    let Ok(Form(given)) = credentials else {
        return Ok(ask(&request, "", Some("Enter username and password.")));
    };
    // One message for both, so that nobody learns which names exist.
    let user = pool.user(&given.username);
    let Some(user) = user.filter(|user| user.has_password(&given.password)) else {
        let refused = Some("Incorrect username or password.");
        return Ok(ask(&request, &given.username, refused));
    };
    let (jar, session) = session::start(&pool, jar, &user).map_err(|_| AuthorizeError::Internal)?;
    let response = session::redirect_with_code(&pool, request, session)?;
    Ok((jar, response).into_response())
}

fn checked(
    pool: &Pool,
    params: Result<Query<AuthorizeParams>, QueryRejection>,
) -> Result<AuthorizeRequest, AuthorizeError> {
    let Query(params) = params.map_err(|_| AuthorizeError::MALFORMED)?;
    params.check(pool)
}

fn ask(request: &AuthorizeRequest, username: &str, refused: Option<&'static str>) -> Response {
    page::login(&LoginPage {
        action: &request.login_url(),
        client_id: &request.client_id,
        scopes: &request.scopes.to_string(),
        username,
        refused,
    })
}
