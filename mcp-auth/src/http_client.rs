//! The only HTTP client of the crate: what it asks was configured, what it hears is bounded.

use std::{sync::OnceLock, time::Duration};

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use reqwest::{Client, RequestBuilder, redirect};
use url::Url;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(5);

/// A client that follows no redirect, waits 5 seconds at most, and reads no more than it is told to.
///
/// It is built at the first request: root certificates cost memory that a server which never asks
/// anybody should not pay for.
#[derive(Debug, Default)]
pub(crate) struct HttpClient {
    client: OnceLock<Client>,
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct HttpResponse {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("the TLS client cannot be built: {0}")]
    Build(reqwest::Error),
    #[error("no answer: {0}")]
    Transport(reqwest::Error),
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
}

impl HttpClient {
    /// Starts a request; [`send`](Self::send) finishes it.
    pub(crate) fn request(
        &self,
        method: http::Method,
        url: Url,
    ) -> Result<RequestBuilder, HttpError> {
        Ok(self.client()?.request(method, url))
    }

    /// Sends a request and reads at most `max_body` bytes of the answer, whatever its status.
    pub(crate) async fn send(
        &self,
        request: RequestBuilder,
        max_body: usize,
    ) -> Result<HttpResponse, HttpError> {
        // The error of reqwest names the URL, and a URL may carry a secret.
        let transport = |error: reqwest::Error| HttpError::Transport(error.without_url());
        let mut response = request.send().await.map_err(transport)?;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(transport)? {
            if body.len() + chunk.len() > max_body {
                return Err(HttpError::TooLarge(max_body));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpResponse {
            status: response.status(),
            body: body.freeze(),
        })
    }

    fn client(&self) -> Result<&Client, HttpError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TOTAL_TIMEOUT)
            .user_agent(concat!("portcullis/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(HttpError::Build)?;
        Ok(self.client.get_or_init(|| client))
    }
}
