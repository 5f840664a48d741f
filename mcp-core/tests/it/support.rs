//! A server with scopes, and requests to it.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use portcullis::{
    auth::{
        AuthorizationServer, Bearer, BearerToken, ConfigError, Issuer, MemoryStore, Principal,
        PrincipalKind, ScopeSet, SealingKeys, SigningKeys, Subject, TokenVerifier, Upstream,
        VerifyError,
    },
    prelude::*,
};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const ORIGIN: &str = "https://mcp.example.com";
pub(crate) const MCP: &str = "https://mcp.example.com/desk/mcp";
/// What the tools of [`Desk`] ask for.
pub(crate) const SCOPES: [&str; 2] = ["desk/read", "desk/write"];

pub(crate) struct Desk;

#[derive(serde::Deserialize, JsonSchema)]
pub(crate) struct Note {
    text: String,
}

#[derive(serde::Serialize, JsonSchema)]
pub(crate) struct Length {
    bytes: usize,
}

#[mcp_server(name = "desk", version = "1.2.3", instructions = "Ask <politely>.")]
impl Desk {
    /// Says who you are.
    #[tool(scopes("desk/read"))]
    async fn whoami(&self, Caller(who): Caller) -> String {
        who.subject().to_string()
    }

    /// Writes a note.
    #[tool(scopes("desk/read", "desk/write"))]
    async fn write(&self, Parameters(note): Parameters<Note>) -> Json<Length> {
        Json(Length {
            bytes: note.text.len(),
        })
    }

    /// For everybody who is signed in.
    #[tool(scopes())]
    async fn ping(&self) -> String {
        "pong".into()
    }

    /// Fails for a reason of the operator's.
    #[tool(scopes())]
    async fn broken(&self) -> Result<String, ToolError> {
        let never: u8 = "postgres://admin:hunter2@db/".parse()?;
        Ok(never.to_string())
    }

    /// Fails for a reason of the model's.
    #[tool(scopes())]
    async fn picky(&self) -> Result<String, ToolError> {
        Err(ToolError::new("give a state of two letters").with_cause("hunter2"))
    }

    /// Panics.
    #[tool(scopes())]
    async fn panics(&self) -> String {
        panic!("hunter2")
    }
}

/// Takes `<subject>.<scope>.<scope>…`, with `_` for `/`.
pub(crate) struct Plain;

impl TokenVerifier for Plain {
    async fn verify(&self, token: &BearerToken) -> Result<Principal, VerifyError> {
        let mut parts = token.expose().split('.');
        let subject = parts.next().unwrap_or_default();
        if subject == "stranger" {
            return Err(VerifyError::Invalid("nobody knows this stranger"));
        }
        let scopes = parts.map(|scope| scope.replace('_', "/"));
        let invalid = |_| VerifyError::Invalid("malformed");
        Ok(Principal::new(
            Issuer::new("https://login.example.com").map_err(invalid)?,
            Subject::new(subject).map_err(invalid)?,
            PrincipalKind::User,
        )
        .with_scopes(ScopeSet::new(scopes).map_err(invalid)?))
    }
}

/// One that is asked for nothing in tests, so its identity provider need not exist.
pub(crate) fn authorization_server(
    issuer: &str,
    resource: &str,
    scopes: &[&str],
) -> Result<AuthorizationServer, ConfigError> {
    let signing = SigningKeys::parse(&SigningKeys::generate("k")?)?;
    let sealing = SealingKeys::parse(&SealingKeys::generate("k")?)?;
    AuthorizationServer::builder(issuer)
        .upstream(Upstream::oidc("https://login.example.com", "id", None))
        .resource(resource, scopes.iter().copied())
        .store(MemoryStore::new())
        .keys(signing, sealing)
        .build()
}

pub(crate) fn server() -> McpServer<Desk> {
    McpServer::new(MCP, Desk)
        .auth(Bearer(Plain))
        .build()
        .unwrap()
}

pub(crate) fn app() -> Router {
    App::new(ORIGIN).server(server()).into_router().unwrap()
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}", self.text))
    }

    pub(crate) fn challenge(&self) -> &str {
        self.headers[header::WWW_AUTHENTICATE].to_str().unwrap()
    }
}

pub(crate) async fn send(app: &Router, request: Request<Body>) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// A request to the app's own host.
pub(crate) fn get(path: &str) -> axum::http::request::Builder {
    Request::get(path).header(header::HOST, "mcp.example.com")
}

pub(crate) async fn fetch(app: &Router, path: &str) -> Answer {
    send(app, get(path).body(Body::empty()).unwrap()).await
}

pub(crate) async fn rpc(app: &Router, token: Option<&str>, message: Value) -> Answer {
    let mut request = Request::post("/desk/mcp")
        .header(header::HOST, "mcp.example.com")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream")
        .header("mcp-protocol-version", "2025-11-25");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    send(app, request.body(message.to_string().into()).unwrap()).await
}

pub(crate) async fn call(app: &Router, token: &str, tool: &str, arguments: Value) -> Answer {
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": tool, "arguments": arguments}});
    rpc(app, Some(token), message).await
}
