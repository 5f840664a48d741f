use axum::{extract::Request, middleware::Next, response::Response};
use http::{StatusCode, header::HOST};
use url::Url;

use super::page;
use crate::names::is_loopback_host;

/// Refuses a request under a name that is not this machine's, so that no web page reaches the mock
/// by DNS rebinding.
pub(super) async fn loopback_only(request: Request, next: Next) -> Response {
    let in_uri = request.uri().authority().map(|a| a.as_str());
    let in_headers = request
        .headers()
        .get_all(HOST)
        .iter()
        .map(|h| h.to_str().ok());
    let foreign = in_uri.map(Some).into_iter().chain(in_headers).any(|host| {
        let url = host.and_then(|host| Url::parse(&format!("http://{host}")).ok());
        !url.is_some_and(|url| is_loopback_host(&url))
    });
    if foreign {
        return page::error(
            StatusCode::FORBIDDEN,
            "The mock answers under names of this machine only.",
        );
    }
    next.run(request).await
}
