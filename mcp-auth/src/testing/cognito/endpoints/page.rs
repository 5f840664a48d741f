use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{
    StatusCode,
    header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS},
};

/// The pages need no script and nothing from elsewhere. There is no `form-action`, which browsers
/// would apply to the redirect back to the app too.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                      frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "mock_cognito/login.html")]
pub(super) struct LoginPage<'a> {
    /// Where the form is sent: `/login` with the authorization request as its query.
    pub(super) action: &'a str,
    pub(super) client_id: &'a str,
    pub(super) scopes: &'a str,
    pub(super) username: &'a str,
    pub(super) refused: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "mock_cognito/error.html")]
struct ErrorPage<'a> {
    message: &'a str,
}

pub(super) fn login(page: &LoginPage<'_>) -> Response {
    render(StatusCode::OK, page)
}

pub(super) fn error(status: StatusCode, message: &str) -> Response {
    render(status, &ErrorPage { message })
}

fn render(status: StatusCode, page: &impl Template) -> Response {
    let Ok(html) = page.render() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_FRAME_OPTIONS, "DENY"),
    ];
    (status, headers, Html(html)).into_response()
}
