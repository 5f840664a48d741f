//! The pages that people see. They need no script and load nothing.

use std::sync::LazyLock;

use askama::Template;
use aws_lc_rs::digest::{self, SHA256};
use axum::response::{Html, IntoResponse, Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{
    HeaderName, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
        X_FRAME_OPTIONS,
    },
};

use super::{lifetimes, retry_after::retry_after};

const STYLE: &str = include_str!("../../templates/authorization_server/style.css");

/// Only our own style, by its hash; nobody may frame the page (T14). There is no `form-action`:
/// browsers apply it to the whole chain of redirects after the form, which ends at the client's
/// redirect URI.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(digest::digest(&SHA256, STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// Asks the user to let a client in.
#[derive(Template)]
#[template(path = "authorization_server/consent.html")]
pub(crate) struct ConsentPage<'a> {
    pub(crate) style: &'static str,
    pub(crate) client_name: &'a str,
    pub(crate) client_id: &'a str,
    /// Where the browser will take the code: a host, in punycode, or an application's own scheme.
    pub(crate) destination: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) is_local: bool,
    pub(crate) resource: &'a str,
    pub(crate) scopes: Vec<&'a str>,
    pub(crate) is_remembered: bool,
    /// The sealed request, in base64url.
    pub(crate) request: &'a str,
}

/// Says what went wrong, and what to do.
#[derive(Template)]
#[template(path = "authorization_server/error.html")]
struct ErrorPage<'a> {
    style: &'static str,
    title: &'a str,
    message: &'a str,
    way_back: Option<WayBack<'a>>,
}

/// Tells the client of the error, if the user wants to go where it says.
pub(crate) struct WayBack<'a> {
    pub(crate) destination: &'a str,
    pub(crate) url: &'a str,
}

impl ConsentPage<'_> {
    pub(crate) const STYLE: &'static str = STYLE;
}

pub(crate) fn consent(page: &ConsentPage<'_>) -> Response {
    render(StatusCode::OK, page)
}

/// A page instead of a redirect: for requests whose redirect URI cannot be trusted.
pub(crate) fn error(status: StatusCode, title: &str, message: &str) -> Response {
    let page = ErrorPage {
        style: STYLE,
        title,
        message,
        way_back: None,
    };
    render(status, &page)
}

/// Something behind us fails; `message` says how the user goes on.
pub(crate) fn unavailable(message: &str) -> Response {
    let title = "Signing in is not possible just now";
    let page = error(StatusCode::SERVICE_UNAVAILABLE, title, message);
    retry_after(lifetimes::RETRY_AFTER, page)
}

/// A page that leads to a redirect URI which is the client's, but which nobody vouches for.
pub(crate) fn error_with_way_back(title: &str, message: &str, way_back: WayBack<'_>) -> Response {
    let page = ErrorPage {
        style: STYLE,
        title,
        message,
        way_back: Some(way_back),
    };
    render(StatusCode::BAD_REQUEST, &page)
}

fn render(status: StatusCode, page: &impl Template) -> Response {
    let Ok(html) = page.render() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers: [(HeaderName, &str); 5] = [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, &POLICY),
        (X_FRAME_OPTIONS, "DENY"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: with that, browsers post the form with `Origin: null`.
        (REFERRER_POLICY, "same-origin"),
    ];
    (status, headers, Html(html)).into_response()
}
