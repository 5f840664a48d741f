use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, StatusCode, redirect::Policy};
use serde_json::Value;
use url::Url;

const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_BODY: usize = 256 * 1024;

/// The body of the request that a client opens with. A server that asks for a credential never
/// reads it.
const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"portcullis-doctor","version":"1"}}}"#;

/// A request of 2026-07-28.
const DISCOVER: &str = r#"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#;

/// A client without a credential: bounded, and it follows no redirect, as OAuth clients must not.
pub(super) struct Probe(Client);

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    body: Vec<u8>,
}

/// Why there is no answer, as a sentence.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProbeError {
    #[error("no answer within ten seconds")]
    Timeout,
    #[error("cannot connect: {0}")]
    Connect(String),
    #[error("the answer is larger than {MAX_BODY} bytes")]
    TooLarge,
}

impl Probe {
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .user_agent(concat!("portcullis-doctor/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .timeout(TIMEOUT)
            .build()?;
        Ok(Self(client))
    }

    pub(super) async fn get(&self, url: &Url) -> Result<Answer, ProbeError> {
        self.get_with(url, HeaderMap::new()).await
    }

    pub(super) async fn get_with(
        &self,
        url: &Url,
        headers: HeaderMap,
    ) -> Result<Answer, ProbeError> {
        read(self.0.get(url.clone()).headers(headers).send().await).await
    }

    /// `initialize` without a credential.
    pub(super) async fn initialize(
        &self,
        url: &Url,
        extra: Option<(HeaderName, HeaderValue)>,
    ) -> Result<Answer, ProbeError> {
        self.post(url, INITIALIZE, extra).await
    }

    /// `server/discover` of 2026-07-28 under a header of 2025-11-25, without a credential.
    pub(super) async fn discover_mixed(&self, url: &Url) -> Result<Answer, ProbeError> {
        let name = HeaderName::from_static("mcp-protocol-version");
        let older = HeaderValue::from_static("2025-11-25");
        self.post(url, DISCOVER, Some((name, older))).await
    }

    async fn post(
        &self,
        url: &Url,
        message: &'static str,
        extra: Option<(HeaderName, HeaderValue)>,
    ) -> Result<Answer, ProbeError> {
        let mut request = self
            .0
            .request(Method::POST, url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json, text/event-stream")
            .body(message);
        if let Some((name, value)) = extra {
            request = request.header(name, value);
        }
        read(request.send().await).await
    }
}

impl Answer {
    pub(super) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as a JSON object, if the status is 200.
    pub(super) fn document(&self) -> Option<Value> {
        let found = self.status == StatusCode::OK;
        found.then(|| self.json()).flatten()
    }

    /// The body as a JSON object, whatever the status.
    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body)
            .ok()
            .filter(Value::is_object)
    }

    /// What came, where `document` was looked for.
    pub(super) fn instead_of(&self, document: &str) -> String {
        match self.status {
            StatusCode::OK => format!("the answer is not {document}"),
            status => status.to_string(),
        }
    }

    pub(super) fn is_html(&self) -> bool {
        let kind = self.header(&CONTENT_TYPE);
        kind.is_some_and(|kind| kind.starts_with("text/html"))
    }

    pub(super) fn mentions(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.body).contains(text)
    }
}

async fn read(sent: Result<reqwest::Response, reqwest::Error>) -> Result<Answer, ProbeError> {
    let mut response = sent.map_err(transport)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    let is_stream = headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
    // A stream may never end; that there is one is the answer.
    while !is_stream && let Some(chunk) = response.chunk().await.map_err(transport)? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(ProbeError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status,
        headers,
        body,
    })
}

fn transport(error: reqwest::Error) -> ProbeError {
    if error.is_timeout() {
        return ProbeError::Timeout;
    }
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    ProbeError::Connect(cause.to_string())
}
