//! The HTTP clients that stand in for a browser and an MCP client.

use std::time::Duration;

use portcullis_auth::ResourceIdentifier;
use reqwest::{ClientBuilder, RequestBuilder, redirect};
use url::Url;

use super::error::HeadlessError;

const TIMEOUT: Duration = Duration::from_secs(20);

/// Follows no redirect: each is a step that the flow looks at.
#[derive(Clone)]
pub(super) struct HttpClient {
    /// Through the proxy that the environment names, if it names one.
    proxied: reqwest::Client,
    /// For this machine, which no proxy can reach.
    direct: reqwest::Client,
}

impl HttpClient {
    pub(super) fn new() -> Result<Self, HeadlessError> {
        Ok(Self {
            proxied: build(|builder| builder)?,
            direct: build(ClientBuilder::no_proxy)?,
        })
    }

    pub(super) fn get(&self, url: Url) -> RequestBuilder {
        self.client(&url).get(url)
    }

    pub(super) fn post(&self, url: Url) -> RequestBuilder {
        self.client(&url).post(url)
    }

    fn client(&self, url: &Url) -> &reqwest::Client {
        let origin = ResourceIdentifier::new(url.origin().ascii_serialization());
        match origin.is_ok_and(|origin| origin.is_loopback()) {
            true => &self.direct,
            false => &self.proxied,
        }
    }
}

fn build(
    with: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<reqwest::Client, HeadlessError> {
    let builder = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .timeout(TIMEOUT);
    with(builder).build().map_err(|source| HeadlessError::Http {
        url: "the client itself".to_owned(),
        source: source.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A proxy is a matter of the environment, and that belongs to a whole process.
    #[test]
    fn loopback_is_asked_without_the_proxy_of_the_environment() {
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "testing::http_client::tests::asks_loopback",
                "--ignored",
            ])
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
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(async || "here");
        tokio::spawn(async move { axum::serve(listener, router).await });

        let url = Url::parse(&origin).unwrap();
        let answer = HttpClient::new().unwrap().get(url).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "here");
    }
}
