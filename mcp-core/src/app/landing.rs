//! `GET /` in a browser: what is served here, and how to connect to it.

use std::sync::Arc;

use axum::{
    Json, Router,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use super::{about::About, html};

const STYLE: &str = include_str!("landing.css");

/// Nothing runs and nothing is loaded on this page, and no other site may frame it.
/// The hash is that of `landing.css`, as a test makes sure.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
     style-src 'sha256-Tnre64OoHALqaK+Fd5FvDfUm0KDHTFiKKisdId04ZtE='; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page for browsers; for everybody else what the load balancers of old ask for.
pub(super) fn router(servers: &[&About]) -> Router {
    let page: Arc<str> = page(servers).into();
    let status = Arc::new(json!({
        "status": "healthy",
        "servers": servers.iter().map(|server| &server.url).collect::<Vec<_>>(),
    }));
    Router::new().route(
        "/",
        get(async move |headers: HeaderMap| {
            if prefers_html(&headers) {
                return html_response(&page);
            }
            Json(&*status).into_response()
        }),
    )
}

/// Browsers name `text/html` outright; programs say `*/*` or `application/json`.
fn prefers_html(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|accept| accept.to_str().ok())
        .any(|accept| accept.contains("text/html"))
}

fn html_response(page: &str) -> Response {
    let headers: [(HeaderName, HeaderValue); 4] = [
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(CONTENT_SECURITY_POLICY),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
        (header::VARY, HeaderValue::from_static("accept")),
    ];
    (headers, Html(page.to_owned())).into_response()
}

fn page(servers: &[&About]) -> String {
    let mut html = html::Html::default();
    let title = match servers {
        [only] => only.name.as_str(),
        _ => "MCP servers",
    };
    html.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>")
        .text(title)
        .raw("</title><style>")
        .raw(STYLE)
        .raw("</style></head><body><main><h1>")
        .text(title)
        .raw("</h1><p class=\"dim\">Tools for AI assistants, spoken to over the Model Context Protocol.</p>");
    for server in servers {
        section(&mut html, server);
    }
    html.raw("<footer>Served by Portcullis.</footer></main></body></html>\n");
    html.finish()
}

fn section(html: &mut html::Html, server: &About) {
    html.raw("<section><h2>")
        .text(&server.name)
        .raw("<span class=\"version\">")
        .text(&server.version)
        .raw("</span></h2><p class=\"url\"><code>")
        .text(&server.url)
        .raw("</code></p>");
    if let Some(instructions) = &server.instructions {
        html.raw("<p>").text(instructions).raw("</p>");
    }
    sign_in(html, server);
    tools(html, server);
    connect(html, server);
    html.raw("</section>");
}

fn sign_in(html: &mut html::Html, server: &About) {
    html.raw("<h3>Sign-in</h3>");
    if server.anonymous {
        html.raw("<p>Open to everybody: no sign-in.</p>");
        return;
    }
    if server.issuers.is_empty() {
        html.raw("<p>Send the credential that you were given by the operator.</p>");
        return;
    }
    html.raw("<p>Your client opens a browser window and signs you in at");
    for issuer in &server.issuers {
        html.raw(" <code>").text(issuer).raw("</code>");
    }
    html.raw(". It finds the way through the <a href=\"")
        .text(&server.metadata_url)
        .raw("\">resource metadata</a>.</p>");
}

fn tools(html: &mut html::Html, server: &About) {
    if server.tools.is_empty() {
        return;
    }
    html.raw("<h3>Tools</h3><ul class=\"tools\">");
    for tool in &server.tools {
        html.raw("<li><code>").text(&tool.name).raw("</code>");
        for scope in &tool.scopes {
            html.raw("<span class=\"scope\">")
                .text(scope)
                .raw("</span>");
        }
        if let Some(description) = &tool.description {
            html.raw("<p>").text(description).raw("</p>");
        }
        html.raw("</li>");
    }
    html.raw("</ul>");
}

fn connect(html: &mut html::Html, server: &About) {
    html.raw("<h3>Connect</h3><p>In a client that speaks to remote servers:</p><pre>")
        .text(&server.client_config())
        .raw("</pre><p>In one that only starts programs:</p><pre>")
        .text(&server.mcp_remote())
        .raw("</pre>");
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use super::*;

    #[test]
    fn the_policy_allows_the_style_sheet_and_no_other() {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, STYLE.as_bytes());
        let source = format!("'sha256-{}'", STANDARD.encode(hash));
        assert!(
            CONTENT_SECURITY_POLICY.contains(&source),
            "expected {source}"
        );
    }
}
