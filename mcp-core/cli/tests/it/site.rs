//! A server that does everything right, until a test breaks one thing.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// What a path is answered with.
#[derive(Clone)]
pub(crate) enum Page {
    Document(Value),
    /// The MCP endpoint: 401 with this challenge.
    Challenge(&'static str),
    /// The same as API Gateway passes it on.
    Remapped(&'static str),
    Status(StatusCode),
}

/// How the whole site treats a request for somebody else's host.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ForeignHost {
    Refused,
    Answered,
    Repeated,
}

pub(crate) struct Site {
    pub(crate) pages: BTreeMap<String, Page>,
    pub(crate) foreign_host: ForeignHost,
    /// A challenge of another scheme, in a header of its own before the right one.
    pub(crate) other_challenge: Option<&'static str>,
    /// What is foreign is hung up on.
    pub(crate) hangs_up: bool,
    listener: tokio::net::TcpListener,
    pub(crate) origin: String,
}

pub(crate) struct Running {
    pub(crate) url: String,
    server: JoinHandle<()>,
}

pub(crate) const RESOURCE_METADATA: &str = "/.well-known/oauth-protected-resource/x/mcp";
pub(crate) const SERVER_METADATA: &str = "/.well-known/oauth-authorization-server";

impl Site {
    pub(crate) async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let resource = json!({
            "resource": format!("{origin}/x/mcp"),
            "authorization_servers": [origin],
            "scopes_supported": ["x/read"],
            "bearer_methods_supported": ["header"],
        });
        let server = json!({
            "issuer": origin,
            "authorization_endpoint": format!("{origin}/authorize"),
            "token_endpoint": format!("{origin}/token"),
            "registration_endpoint": format!("{origin}/register"),
            "jwks_uri": format!("{origin}/jwks.json"),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
        });
        let keys =
            json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": "a", "x": "AA", "y": "AA" }] });
        let pages = BTreeMap::from([
            (
                "/x/mcp".to_owned(),
                Page::Challenge("Bearer resource_metadata=\"META\", scope=\"x/read\""),
            ),
            (RESOURCE_METADATA.to_owned(), Page::Document(resource)),
            (SERVER_METADATA.to_owned(), Page::Document(server)),
            ("/jwks.json".to_owned(), Page::Document(keys)),
        ]);
        Self {
            pages,
            foreign_host: ForeignHost::Refused,
            other_challenge: None,
            hangs_up: false,
            listener,
            origin,
        }
    }

    /// Changes one member of a document.
    pub(crate) fn set(&mut self, path: &str, member: &str, value: Value) {
        match self.pages.get_mut(path) {
            Some(Page::Document(document)) => document[member] = value,
            _ => unreachable!("{path} is not a document"),
        }
    }

    pub(crate) fn serve(self) -> Running {
        let url = format!("{}/x/mcp", self.origin);
        let (pages, origin, foreign_host) = (Arc::new(self.pages), self.origin, self.foreign_host);
        let (other_challenge, hangs_up) = (self.other_challenge, self.hangs_up);
        let app = Router::new().fallback(move |request: Request| {
            let mut answer = answer(&request, &pages, &origin, foreign_host);
            if hangs_up && answer.status() == StatusCode::FORBIDDEN {
                // Its task ends, and the connection with it.
                std::panic::resume_unwind(Box::new("hung up"));
            }
            if let Some(other) = other_challenge
                && let Some(own) = answer.headers_mut().remove(header::WWW_AUTHENTICATE)
            {
                let headers = answer.headers_mut();
                headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static(other));
                headers.append(header::WWW_AUTHENTICATE, own);
            }
            async move { answer }
        });
        let listener = self.listener;
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Running { url, server }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn answer(
    request: &Request,
    pages: &BTreeMap<String, Page>,
    origin: &str,
    foreign_host: ForeignHost,
) -> Response {
    let header = |name| {
        request
            .headers()
            .get(name)
            .map_or("", |it| it.to_str().unwrap())
    };
    let host = header(header::HOST);
    let foreign = !origin.ends_with(host);
    if foreign && foreign_host == ForeignHost::Refused || !header(header::ORIGIN).is_empty() {
        return StatusCode::FORBIDDEN.into_response();
    }
    match pages.get(request.uri().path()) {
        Some(Page::Document(document)) => {
            let text = document.to_string();
            let repeated = foreign && foreign_host == ForeignHost::Repeated;
            let text = if repeated {
                text.replace(origin, &format!("http://{host}"))
            } else {
                text
            };
            ([(header::CONTENT_TYPE, "application/json")], text).into_response()
        }
        Some(Page::Challenge(challenge)) => {
            let challenge = challenge.replace("META", &format!("{origin}{RESOURCE_METADATA}"));
            (
                StatusCode::UNAUTHORIZED,
                [(header::WWW_AUTHENTICATE, challenge)],
            )
                .into_response()
        }
        Some(Page::Remapped(challenge)) => {
            let renamed = [("x-amzn-remapped-www-authenticate", *challenge)];
            (StatusCode::UNAUTHORIZED, renamed).into_response()
        }
        Some(Page::Status(status)) if *request.method() == Method::POST => status.into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
