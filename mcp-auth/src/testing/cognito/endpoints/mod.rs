//! The HTTP surface, one endpoint per file.

mod authorize;
mod client_auth;
mod code_grant;
mod control;
mod discovery;
mod host;
mod login;
mod logout;
mod oauth_error;
mod page;
mod refresh_grant;
mod request;
mod revoke;
mod session;
mod token;
mod user_info;

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    routing::{MethodRouter, get, post},
};

use super::{MockEndpoint, Pool, monitor::watch};

/// Longer than any form that a client sends, in bytes.
const MAX_BODY: usize = 64 * 1024;

pub(super) fn router(pool: Arc<Pool>) -> Router {
    use MockEndpoint as E;

    let watched = |endpoint: E, handlers: MethodRouter<Arc<Pool>>| {
        handlers.layer(from_fn_with_state((pool.clone(), endpoint), watch))
    };
    let at_pool = |name: &str| format!("/{}/.well-known/{name}", pool.id);
    Router::new()
        .route(
            &at_pool("openid-configuration"),
            watched(E::Discovery, get(discovery::openid_configuration)),
        )
        .route(
            &at_pool("jwks.json"),
            watched(E::Jwks, get(discovery::jwks)),
        )
        .route(
            "/oauth2/authorize",
            watched(E::Authorize, get(authorize::authorize)),
        )
        .route(
            "/login",
            watched(E::Login, get(login::page).post(login::submit)),
        )
        .route("/logout", watched(E::Logout, get(logout::logout)))
        .route("/oauth2/token", watched(E::Token, post(token::token)))
        .route("/oauth2/revoke", watched(E::Revoke, post(revoke::revoke)))
        .route(
            "/oauth2/userInfo",
            watched(
                E::UserInfo,
                get(user_info::user_info).post(user_info::user_info),
            ),
        )
        .route("/_mock/stats", get(control::stats))
        .route("/_mock/faults", post(control::faults))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn(host::loopback_only))
        .with_state(pool)
}
