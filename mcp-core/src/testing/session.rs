use reqwest::{RequestBuilder, header};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use url::Url;

use super::{browser::unanswered, error::HeadlessError, http_client::HttpClient};

/// Tokens for one server, and calls with them.
pub struct Session {
    pub(super) http: HttpClient,
    pub(super) mcp: Url,
    pub(super) token_endpoint: Url,
    pub(super) resource: String,
    pub(super) client_id: String,
    pub(super) tokens: Tokens,
}

#[derive(Deserialize)]
pub(super) struct Tokens {
    access_token: String,
    refresh_token: Option<String>,
    scope: Option<String>,
}

impl Session {
    /// Calls the server at the URL `mcp` with a token from elsewhere, which cannot be refreshed.
    ///
    /// # Errors
    ///
    /// `mcp` is not a URL, or the HTTP client cannot be built.
    pub fn with_bearer(mcp: &str, token: impl Into<String>) -> Result<Self, HeadlessError> {
        let url = Url::parse(mcp)
            .map_err(|_| HeadlessError::flow("tools/call", format!("not a URL: {mcp}")))?;
        Ok(Self {
            http: HttpClient::new()?,
            token_endpoint: url.clone(),
            mcp: url,
            resource: mcp.to_owned(),
            client_id: String::new(),
            tokens: Tokens {
                access_token: token.into(),
                refresh_token: None,
                scope: None,
            },
        })
    }

    /// The bearer token; keep it out of logs.
    pub fn access_token(&self) -> &str {
        &self.tokens.access_token
    }

    /// The refresh token, if one was given; keep it out of logs.
    pub fn refresh_token(&self) -> Option<&str> {
        self.tokens.refresh_token.as_deref()
    }

    /// The scopes that were granted, where the server says so.
    pub fn scope(&self) -> Option<&str> {
        self.tokens.scope.as_deref()
    }

    /// Trades the refresh token for new tokens (RFC 6749 §6).
    ///
    /// # Errors
    ///
    /// [`HeadlessError`]: the server refuses, or gave no refresh token.
    pub async fn refresh(&mut self) -> Result<(), HeadlessError> {
        let refresh_token = self
            .refresh_token()
            .ok_or_else(|| HeadlessError::flow("refresh", "there is no refresh token"))?;
        let request = self.http.post(self.token_endpoint.clone()).form(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
            ("client_id", &self.client_id),
            ("resource", &self.resource),
        ]);
        let fresh: Tokens = post_for_json("refresh", &self.token_endpoint, request).await?;
        let old = std::mem::replace(&mut self.tokens, fresh);
        self.tokens.refresh_token = self.tokens.refresh_token.take().or(old.refresh_token);
        Ok(())
    }

    /// Calls a tool and returns the `result` of the answer.
    ///
    /// # Errors
    ///
    /// [`HeadlessError`]: HTTP status and body, or the JSON-RPC error, are in its message.
    pub async fn call_tool(&self, name: &str, arguments: Value) -> Result<Value, HeadlessError> {
        let response = self.call_tool_raw(name, arguments).await?;
        let status = response.status();
        let answer: Value = serde_json::from_slice(answer_of(&response))
            .map_err(|error| HeadlessError::flow("tools/call", format!("{status}: {error}")))?;
        match answer.get("result") {
            Some(result) => Ok(result.clone()),
            None => Err(HeadlessError::flow(
                "tools/call",
                format!("{status}: {answer}"),
            )),
        }
    }

    /// Calls a tool and returns the HTTP response as it is, with its whole body.
    ///
    /// # Errors
    ///
    /// [`HeadlessError`]: no answer.
    pub async fn call_tool_raw(
        &self,
        name: &str,
        arguments: Value,
    ) -> Result<http::Response<Vec<u8>>, HeadlessError> {
        let call = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": { "name": name, "arguments": arguments },
        });
        let request = self
            .http
            .post(self.mcp.clone())
            .bearer_auth(self.access_token())
            .header(header::ACCEPT, "application/json, text/event-stream")
            .header("mcp-protocol-version", "2025-11-25")
            .json(&call);
        let lost = |source| unanswered(&self.mcp, source);
        let mut received = request.send().await.map_err(lost)?;
        let mut response = http::Response::new(Vec::new());
        *response.status_mut() = received.status();
        *response.headers_mut() = std::mem::take(received.headers_mut());
        *response.body_mut() = received.bytes().await.map_err(lost)?.into();
        Ok(response)
    }
}

/// The answer: the whole body, or the last event of a stream, before which the tool said something.
fn answer_of(response: &http::Response<Vec<u8>>) -> &[u8] {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let body = response.body().as_slice();
    if content_type.is_none_or(|it| !it.as_bytes().starts_with(b"text/event-stream")) {
        return body;
    }
    let mut lines = body.split(|byte| *byte == b'\n').rev();
    lines
        .find_map(|line| line.strip_prefix(b"data: "))
        .unwrap_or(body)
}

/// Tokens are not for printing.
impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("resource", &self.resource)
            .field("client_id", &self.client_id)
            .field("scope", &self.tokens.scope)
            .finish_non_exhaustive()
    }
}

/// Sends a request of the flow and reads its document.
pub(super) async fn post_for_json<T: DeserializeOwned>(
    step: &'static str,
    url: &Url,
    request: RequestBuilder,
) -> Result<T, HeadlessError> {
    let response = request
        .send()
        .await
        .map_err(|source| unanswered(url, source))?;
    let status = response.status();
    if !status.is_success() {
        let body = response.text().await.unwrap_or_default();
        return Err(HeadlessError::flow(step, format!("{status} {body}")));
    }
    let document = response.json().await;
    document.map_err(|error| HeadlessError::flow(step, error.to_string()))
}
