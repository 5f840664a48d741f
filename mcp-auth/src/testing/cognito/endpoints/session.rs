//! The hosted UI's cookie: a browser that has signed in gets codes without a password.

use std::time::Duration;

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use super::{
    Pool,
    request::{AuthorizeError, AuthorizeRequest, redirect},
};
use crate::{
    entropy::random_id,
    testing::cognito::{
        MockCognitoError, MockUser,
        pool::lock,
        sign_in::{CODE_SECS, IssuedCode, SESSION_SECS, Session, SignIn},
    },
};

/// Cookies do not know ports: this name collides with nothing else that runs on localhost.
const COOKIE: &str = "mock-cognito";

pub(super) fn find(pool: &Pool, jar: &CookieJar) -> Option<Session> {
    let cookie = jar.get(COOKIE)?;
    lock(&pool.sessions)
        .get(pool.now(), cookie.value())
        .cloned()
}

pub(super) fn start(
    pool: &Pool,
    jar: CookieJar,
    user: &MockUser,
) -> Result<(CookieJar, Session), MockCognitoError> {
    let id = random_id::<32>(&*pool.entropy)?;
    let now = pool.now();
    let session = Session {
        username: user.username.clone(),
        auth_time: now,
    };
    let ends = now.plus(Duration::from_secs(SESSION_SECS));
    lock(&pool.sessions).insert(now, id.clone(), ends, session.clone());
    Ok((jar.add(cookie(id)), session))
}

pub(super) fn end(pool: &Pool, jar: CookieJar) -> CookieJar {
    if let Some(cookie) = jar.get(COOKIE) {
        lock(&pool.sessions).take(pool.now(), cookie.value());
    }
    jar.remove(cookie(String::new()))
}

/// Sends the browser back to the app with a code.
pub(super) fn redirect_with_code(
    pool: &Pool,
    request: AuthorizeRequest,
    session: Session,
) -> Result<axum::response::Response, AuthorizeError> {
    let state = request.state.clone();
    let redirect_uri = request.redirect_uri.clone();
    let code = issue_code(pool, request, session).map_err(|_| AuthorizeError::Internal)?;
    Ok(redirect(
        &redirect_uri,
        [("code", Some(&code)), ("state", state.as_deref())],
    ))
}

fn issue_code(
    pool: &Pool,
    request: AuthorizeRequest,
    session: Session,
) -> Result<String, MockCognitoError> {
    let now = pool.now();
    let code = pool.new_uuid()?;
    let issued = IssuedCode {
        sign_in: SignIn {
            client_id: request.client_id,
            username: session.username,
            scopes: request.scopes,
            audience: request.audience,
            nonce: request.nonce,
            auth_time: session.auth_time,
            event_id: pool.new_uuid()?,
            origin_jti: pool.new_uuid()?,
        },
        redirect_uri: request.redirect_uri,
        code_challenge: request.code_challenge,
    };
    let ends = now.plus(Duration::from_secs(CODE_SECS));
    lock(&pool.codes).insert(now, code.clone(), ends, issued);
    Ok(code)
}

fn cookie(id: String) -> Cookie<'static> {
    Cookie::build((COOKIE, id))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}
