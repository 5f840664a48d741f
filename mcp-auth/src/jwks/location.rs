//! Fetching a key set.

use std::fmt;

use bytes::Bytes;
use http::{Method, StatusCode};
use url::Url;

use super::{discovery, set::KeySetError};
use crate::{
    http_client::{HttpClient, HttpError},
    names::Issuer,
};

/// More than any honest key set has (T2).
const MAX_BODY: usize = 64 * 1024;

/// Where an issuer publishes its keys.
#[derive(Debug, Clone)]
pub(crate) enum JwksLocation {
    /// At a URL that was configured.
    Url(Url),
    /// Where the issuer's metadata says.
    Discovered(Issuer),
}

impl fmt::Display for JwksLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => url.fmt(f),
            Self::Discovered(issuer) => write!(f, "the metadata of {issuer}"),
        }
    }
}

/// Why a key set could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("status {0}; redirects are not followed")]
    Status(StatusCode),
    #[error("the metadata is not usable: {0}")]
    Metadata(&'static str),
    #[error(transparent)]
    KeySet(#[from] KeySetError),
}

impl JwksLocation {
    /// The document, as it was published.
    pub(super) async fn fetch(&self, http: &HttpClient) -> Result<Bytes, FetchError> {
        let url = match self {
            Self::Url(url) => url.clone(),
            Self::Discovered(issuer) => discovery::jwks_uri(http, issuer).await?,
        };
        fetch(http, url).await
    }
}

/// A document of at most 64 KiB that is answered with 200.
pub(super) async fn fetch(http: &HttpClient, url: Url) -> Result<Bytes, FetchError> {
    let request = http.request(Method::GET, url)?;
    let response = http.send(request, MAX_BODY).await?;
    if response.status != StatusCode::OK {
        return Err(FetchError::Status(response.status));
    }
    Ok(response.body)
}
