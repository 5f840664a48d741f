//! From the 401 of a server to the endpoints of its authorization server.

use reqwest::{StatusCode, header};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{browser::unanswered, error::HeadlessError, http_client::HttpClient};

/// Where and for what a client signs in.
pub(super) struct Discovery {
    pub(super) resource: String,
    pub(super) scope: Option<String>,
    pub(super) issuer: String,
    pub(super) endpoints: Endpoints,
}

#[derive(Deserialize)]
pub(super) struct Endpoints {
    issuer: String,
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) registration_endpoint: Url,
}

#[derive(Deserialize)]
struct Metadata {
    resource: String,
    authorization_servers: Vec<String>,
}

/// Reads the challenge (RFC 6750 §3), the resource's metadata (RFC 9728 §3) and that of its first
/// authorization server (RFC 8414 §3), and compares what must be equal.
pub(super) async fn discover(http: &HttpClient, mcp: &Url) -> Result<Discovery, HeadlessError> {
    let ping = json!({ "jsonrpc": "2.0", "id": 0, "method": "ping" });
    let response = http.post(mcp.clone()).json(&ping).send().await;
    let response = response.map_err(|source| unanswered(mcp, source))?;
    if response.status() != StatusCode::UNAUTHORIZED {
        let problem = format!("expected 401, got {}", response.status());
        return Err(HeadlessError::flow("challenge", problem));
    }
    let challenge = response.headers().get(header::WWW_AUTHENTICATE);
    let challenge = challenge
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let metadata_url = parameter(challenge, "resource_metadata")
        .and_then(|url| Url::parse(url).ok())
        .ok_or_else(|| HeadlessError::flow("challenge", "no resource_metadata"))?;

    let metadata: Metadata = get(http, &metadata_url, "resource metadata").await?;
    if metadata.resource != mcp.as_str() {
        let problem = format!("{} is not {mcp}", metadata.resource);
        return Err(HeadlessError::flow("resource metadata", problem));
    }
    let servers = metadata.authorization_servers.into_iter();
    let issuer = servers
        .map(|issuer| Url::parse(&issuer).map(|url| (issuer, url)))
        .next()
        .and_then(Result::ok);
    let (issuer, mut url) = issuer
        .ok_or_else(|| HeadlessError::flow("resource metadata", "no authorization server"))?;
    let path = url.path().trim_end_matches('/');
    url.set_path(&format!("/.well-known/oauth-authorization-server{path}"));
    let endpoints: Endpoints = get(http, &url, "server metadata").await?;
    if endpoints.issuer != issuer {
        let problem = format!("{} is not {issuer}", endpoints.issuer);
        return Err(HeadlessError::flow("server metadata", problem));
    }
    Ok(Discovery {
        resource: metadata.resource,
        scope: parameter(challenge, "scope").map(str::to_owned),
        issuer,
        endpoints,
    })
}

/// A parameter of a challenge, whose values need no unescaping (RFC 6750 §3).
pub(super) fn parameter<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    let (_, from) = challenge.split_once(&format!("{name}=\""))?;
    from.split('"').next()
}

async fn get<T: serde::de::DeserializeOwned>(
    http: &HttpClient,
    url: &Url,
    step: &'static str,
) -> Result<T, HeadlessError> {
    let response = http.get(url.clone()).send().await;
    let response = response.map_err(|source| unanswered(url, source))?;
    let status = response.status();
    let document = response.json().await;
    document.map_err(|error| HeadlessError::flow(step, format!("{status}: {error}")))
}
