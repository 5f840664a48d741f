use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis_auth::{Entropy, OsEntropy};
use serde_json::json;
use url::Url;

use super::{
    browser::Browser,
    discovery::{Discovery, discover},
    error::HeadlessError,
    http_client::HttpClient,
    session::{Session, Tokens, post_for_json},
};

/// Nothing listens here: the browser is stopped before it gets there.
const REDIRECT_URI: &str = "http://127.0.0.1:9/callback";

/// A user with a browser and an MCP client, neither of which has a screen.
///
/// Signing in takes the whole way: challenge, resource metadata, server metadata, registration,
/// authorization with PKCE, consent, login, callback, token. Metadata that real clients would
/// refuse is refused.
pub struct HeadlessClient {
    username: String,
    password: String,
    browser: Browser,
    http: HttpClient,
    /// The client id by issuer: one registration per authorization server.
    registered: HashMap<String, String>,
}

impl HeadlessClient {
    /// A user who knows a password, with an empty cookie jar.
    ///
    /// # Errors
    ///
    /// The HTTP client cannot be built.
    pub fn new(
        username: impl Into<String>,
        password: impl Into<String>,
    ) -> Result<Self, HeadlessError> {
        Ok(Self {
            username: username.into(),
            password: password.into(),
            browser: Browser::new()?,
            http: HttpClient::new()?,
            registered: HashMap::new(),
        })
    }

    /// Signs in for the server at the URL `mcp`, with the scopes that its challenge names.
    ///
    /// # Errors
    ///
    /// [`HeadlessError`] names the step that failed.
    pub async fn sign_in(&mut self, mcp: &str) -> Result<Session, HeadlessError> {
        let (mcp, discovery) = self.discover(mcp).await?;
        let scope = discovery.scope.clone();
        self.authorize(mcp, discovery, scope.as_deref()).await
    }

    /// Signs in with other scopes, as after a 403 `insufficient_scope`.
    ///
    /// # Errors
    ///
    /// [`HeadlessError`] names the step that failed.
    pub async fn sign_in_for(&mut self, mcp: &str, scope: &str) -> Result<Session, HeadlessError> {
        let (mcp, discovery) = self.discover(mcp).await?;
        self.authorize(mcp, discovery, Some(scope)).await
    }

    async fn discover(&self, mcp: &str) -> Result<(Url, Discovery), HeadlessError> {
        let mcp = Url::parse(mcp)
            .map_err(|_| HeadlessError::flow("challenge", format!("not a URL: {mcp}")))?;
        let discovery = discover(&self.http, &mcp).await?;
        Ok((mcp, discovery))
    }

    async fn authorize(
        &mut self,
        mcp: Url,
        discovery: Discovery,
        scope: Option<&str>,
    ) -> Result<Session, HeadlessError> {
        let client_id = self.client_id(&discovery).await?;
        let (verifier, state) = (secret()?, secret()?);
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(digest);

        let mut start = discovery.endpoints.authorization_endpoint.clone();
        start
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &client_id)
            .append_pair("redirect_uri", REDIRECT_URI)
            .append_pair("state", &state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("resource", &discovery.resource)
            .extend_pairs(scope.map(|scope| ("scope", scope)));
        let credentials = (self.username.as_str(), self.password.as_str());
        let end = self
            .browser
            .sign_in(start, credentials, REDIRECT_URI)
            .await?;
        let code = read_answer(&end, &state, &discovery.issuer)?;

        let tokens: Tokens = post_for_json(
            "token",
            &discovery.endpoints.token_endpoint,
            self.http
                .post(discovery.endpoints.token_endpoint.clone())
                .form(&[
                    ("grant_type", "authorization_code"),
                    ("code", &code),
                    ("redirect_uri", REDIRECT_URI),
                    ("client_id", &client_id),
                    ("code_verifier", &verifier),
                    ("resource", &discovery.resource),
                ]),
        )
        .await?;
        Ok(Session {
            http: self.http.clone(),
            mcp,
            token_endpoint: discovery.endpoints.token_endpoint,
            resource: discovery.resource,
            client_id,
            tokens,
        })
    }

    /// Registers once with each authorization server (RFC 7591), as a public client.
    async fn client_id(&mut self, discovery: &Discovery) -> Result<String, HeadlessError> {
        if let Some(known) = self.registered.get(&discovery.issuer) {
            return Ok(known.clone());
        }
        #[derive(serde::Deserialize)]
        struct Registered {
            client_id: String,
        }
        let endpoint = &discovery.endpoints.registration_endpoint;
        let request = self.http.post(endpoint.clone()).json(&json!({
            "client_name": "headless",
            "redirect_uris": [REDIRECT_URI],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
        }));
        let registered: Registered = post_for_json("register", endpoint, request).await?;
        self.registered
            .insert(discovery.issuer.clone(), registered.client_id.clone());
        Ok(registered.client_id)
    }
}

/// The code, if the answer belongs to this request (`state`) and comes from this server (`iss`,
/// RFC 9207).
fn read_answer(end: &Url, state: &str, issuer: &str) -> Result<String, HeadlessError> {
    let answer: HashMap<_, _> = end.query_pairs().into_owned().collect();
    let wrong = |problem: String| HeadlessError::flow("authorization", problem);
    if let Some(error) = answer.get("error") {
        let description = answer.get("error_description").map_or("", String::as_str);
        return Err(wrong(format!("{error} {description}")));
    }
    if answer.get("state").is_none_or(|got| got != state) {
        return Err(wrong("the state is another one".to_owned()));
    }
    if answer.get("iss").is_some_and(|got| got != issuer) {
        return Err(wrong("the issuer is another one".to_owned()));
    }
    answer
        .get("code")
        .cloned()
        .ok_or_else(|| wrong("no code".to_owned()))
}

/// 256 random bits in base64url: a PKCE verifier (RFC 7636 §4.1) or a state.
fn secret() -> Result<String, HeadlessError> {
    let mut bytes = [0; 32];
    OsEntropy.fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
