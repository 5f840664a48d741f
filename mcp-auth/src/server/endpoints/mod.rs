//! The endpoints, one file each.

mod authorize;
mod callback;
mod client_address;
mod completion;
mod consent;
mod form;
mod jwks;
mod metadata;
mod register;
mod remember;
mod revoke;
mod sign_in;
mod token;
mod whole_body;

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use http::{
    HeaderMap, Method, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use tower_http::cors::{Any, CorsLayer};
use tracing::Instrument as _;

use super::{
    Server,
    refusal::{log_failures, refused},
};

/// The most that any endpoint reads of a request's query.
const MAX_QUERY: usize = 16 * 1024;

const REGISTER: &str = "/register";
const TOKEN: &str = "/token";
const REVOKE: &str = "/revoke";
const JWKS: &str = "/jwks.json";

/// The paths that scripts of any origin may call: they look at no cookie.
pub(super) fn paths_for_scripts(server: &Server) -> Vec<String> {
    let fixed = [REGISTER, TOKEN, REVOKE, JWKS].map(str::to_owned);
    fixed
        .into_iter()
        .chain(metadata::oauth_paths(server))
        .chain(metadata::openid_paths(server))
        .collect()
}

pub(super) fn router(server: Arc<Server>) -> Router {
    // A resource's path may have a segment that starts with `:`; it is text here, not a pattern.
    let mut for_scripts = Router::new()
        .without_v07_checks()
        .route(REGISTER, post(register::register))
        .route(TOKEN, post(token::token))
        .route(REVOKE, post(revoke::revoke))
        .route(JWKS, get(jwks::jwks));
    for path in metadata::oauth_paths(&server) {
        for_scripts = for_scripts.route(&path, get(metadata::oauth));
    }
    for path in metadata::openid_paths(&server) {
        for_scripts = for_scripts.route(&path, get(metadata::openid));
    }
    let for_people = Router::new()
        .route("/authorize", get(authorize::authorize))
        .route("/consent", post(consent::consent))
        .route("/callback", get(callback::callback));
    let whole_body = middleware::from_fn(whole_body::whole_body);
    for_scripts
        .layer(whole_body.clone())
        .layer(cors())
        .merge(for_people.layer(whole_body))
        .layer(middleware::from_fn_with_state(server.clone(), log_failures))
        .layer(middleware::from_fn(to_the_end))
        .layer(middleware::from_fn(bounded_query))
        .with_state(server)
}

#[derive(Debug, thiserror::Error)]
#[error("the query has more than 16 KiB")]
struct QueryTooLong;

/// Turns away what costs more to read than any real request.
async fn bounded_query(request: Request, next: Next) -> Response {
    match request.uri().query() {
        Some(query) if query.len() > MAX_QUERY => refused(
            &QueryTooLong,
            (StatusCode::URI_TOO_LONG, QueryTooLong.to_string()).into_response(),
        ),
        _ => next.run(request).await,
    }
}

/// Finishes what a request has begun although its client hangs up: between a lease and its end, or an
/// upstream answer and our record of it, nothing may be dropped.
async fn to_the_end(request: Request, next: Next) -> Response {
    let task = tokio::spawn(next.run(request).in_current_span());
    task.await
        .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// Scripts of any origin may call: what protects these endpoints is in the request's body, and no
/// cookie is looked at.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            http::HeaderName::from_static("mcp-protocol-version"),
        ])
        .expose_headers([WWW_AUTHENTICATE, RETRY_AFTER])
}

/// Whether the request's body is what `media_type` says, whatever parameters follow it.
fn is_content_type(headers: &HeaderMap, media_type: &str) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(media_type))
}
