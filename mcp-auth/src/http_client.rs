//! The only HTTP client of the crate: what it asks was configured, what it hears is bounded.

use std::{sync::OnceLock, time::Duration};

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use reqwest::{Client, ClientBuilder, RequestBuilder, redirect};
use url::Url;

use crate::names::is_loopback_host;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(5);

/// A client that follows no redirect, waits 5 seconds at most, and reads no more than it is told to.
///
/// It is built at the first request: root certificates cost memory that a server which never asks
/// anybody should not pay for.
#[derive(Debug, Default)]
pub(crate) struct HttpClient {
    /// Through the proxy that the environment names, if it names one.
    proxied: OnceLock<Client>,
    /// For this machine, which a proxy cannot reach and has no business to hear about.
    direct: OnceLock<Client>,
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
        Ok(self.client(&url)?.request(method, url))
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

    fn client(&self, url: &Url) -> Result<&Client, HttpError> {
        if is_loopback_host(url) {
            build_once(&self.direct, ClientBuilder::no_proxy)
        } else {
            build_once(&self.proxied, |builder| builder)
        }
    }
}

fn build_once(
    client: &OnceLock<Client>,
    with: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<&Client, HttpError> {
    if let Some(client) = client.get() {
        return Ok(client);
    }
    let builder = Client::builder()
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TOTAL_TIMEOUT)
        .user_agent(concat!("portcullis/", env!("CARGO_PKG_VERSION")));
    let built = with(builder).build().map_err(HttpError::Build)?;
    Ok(client.get_or_init(|| built))
}

#[cfg(test)]
mod tests {
    use axum::{Router, routing::get};

    use super::*;

    /// A proxy is a matter of the environment, and that belongs to a whole process.
    #[test]
    fn loopback_is_asked_without_the_proxy_of_the_environment() {
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "http_client::tests::asks_loopback", "--ignored"])
            .env("http_proxy", "http://127.0.0.1:9")
            .env_remove("no_proxy")
            .env_remove("NO_PROXY")
            .output()
            .unwrap();
        let said = String::from_utf8(child.stdout).unwrap();
        assert!(child.status.success(), "{said}");
        assert!(said.contains("1 passed"), "{said}");
    }

    #[tokio::test]
    #[ignore = "is run by the test above, behind a proxy that does not exist"]
    async fn asks_loopback() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new().route("/", get(async || "here"));
        tokio::spawn(async move { axum::serve(listener, router).await });

        let http = HttpClient::default();
        for (host, is_here) in [("127.0.0.1", true), ("somewhere.invalid", false)] {
            let url = Url::parse(&format!("http://{host}:{port}/")).unwrap();
            let request = http.request(http::Method::GET, url).unwrap();
            assert_eq!(http.send(request, 10).await.is_ok(), is_here, "{host}");
        }
    }
}
