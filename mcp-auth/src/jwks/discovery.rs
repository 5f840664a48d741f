//! Finding an issuer's keys through its metadata (RFC 8414 §3, OpenID Connect Discovery §4).

use serde::Deserialize;
use url::Url;

use super::location::{FetchError, fetch};
use crate::{
    http_client::{HttpClient, HttpError},
    names::{Issuer, parse_web_url},
};

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

/// The issuer's `jwks_uri`. The OAuth document is asked for first; a server that has none may answer
/// with anything, so then OpenID's is asked for.
pub(super) async fn jwks_uri(http: &HttpClient, issuer: &Issuer) -> Result<Url, FetchError> {
    let [oauth, openid] = metadata_urls(issuer)?;
    match read(http, oauth, issuer).await {
        Err(
            FetchError::Status(_)
            | FetchError::Metadata(_)
            | FetchError::Http(HttpError::TooLarge(_)),
        ) => read(http, openid, issuer).await,
        decided => decided,
    }
}

/// A document that names another issuer is refused: its keys would be another issuer's
/// (RFC 8414 §3.3).
async fn read(http: &HttpClient, url: Url, issuer: &Issuer) -> Result<Url, FetchError> {
    let document = fetch(http, url).await?;
    let metadata: Metadata = serde_json::from_slice(&document)
        .map_err(|_| FetchError::Metadata("no JSON with issuer and jwks_uri"))?;
    if metadata.issuer != issuer.as_str() {
        return Err(FetchError::Metadata("it names another issuer"));
    }
    parse_web_url("jwks_uri", &metadata.jwks_uri)
        .map_err(|_| FetchError::Metadata("jwks_uri is not an https URL"))
}

/// RFC 8414 inserts the well-known name before the path, OpenID Connect appends it.
fn metadata_urls(issuer: &Issuer) -> Result<[Url; 2], FetchError> {
    let url = parse_web_url("issuer", issuer.as_str())
        .map_err(|_| FetchError::Metadata("the issuer is not an https URL"))?;
    let path = url.path().trim_end_matches('/');
    let at = |path: String| {
        let mut url = url.clone();
        url.set_path(&path);
        url
    };
    Ok([
        at(format!("/.well-known/oauth-authorization-server{path}")),
        at(format!("{path}/.well-known/openid-configuration")),
    ])
}
