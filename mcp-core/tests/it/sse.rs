//! A server that speaks HTTP+SSE, beside one that does not.

use axum::{
    Router,
    body::Body,
    http::{HeaderName, Request, Response, StatusCode, header},
};
use futures_util::StreamExt;
use portcullis::{App, BuildError, auth::Bearer, prelude::*};
use rstest::rstest;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{Desk, ORIGIN, Plain, fetch, get, send, server};

const SSE: &str = "https://mcp.example.com/desk/sse";

fn sse_server(resource: &str) -> McpServer<Desk> {
    McpServer::new(resource, Desk)
        .auth(Bearer(Plain))
        .legacy_sse()
        .build()
        .unwrap()
}

fn app() -> Router {
    App::new(ORIGIN)
        .server(server())
        .server(sse_server(SSE))
        .into_router()
        .unwrap()
}

/// A stream, and where to post to.
pub(crate) struct Session {
    events: axum::body::BodyDataStream,
    pub(crate) url: String,
}

impl Session {
    pub(crate) async fn open(app: &Router, token: &str) -> Self {
        let request = authorized(get("/desk/sse"), token).body(Body::empty());
        let response: Response<Body> = app.clone().oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let mut session = Self {
            events: response.into_body().into_data_stream(),
            url: String::new(),
        };
        session.url = session.data().await;
        session
    }

    async fn data(&mut self) -> String {
        let event = self.events.next().await.unwrap().unwrap();
        let event = std::str::from_utf8(&event).unwrap();
        let (_, data) = event.split_once("data: ").unwrap();
        data.trim_end().to_owned()
    }

    pub(crate) async fn message(&mut self) -> Value {
        serde_json::from_str(&self.data().await).unwrap()
    }

    fn post(&self, token: &str, tool: &str) -> Request<Body> {
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": tool, "arguments": {"text": "hi"}}});
        self.request(token, &call)
    }

    pub(crate) fn request(&self, token: &str, message: &Value) -> Request<Body> {
        authorized(post(&self.url), token)
            .body(message.to_string().into())
            .unwrap()
    }
}

fn post(path: &str) -> axum::http::request::Builder {
    Request::post(path)
        .header(header::HOST, "mcp.example.com")
        .header(header::CONTENT_TYPE, "application/json")
}

fn authorized(request: axum::http::request::Builder, token: &str) -> axum::http::request::Builder {
    request.header(header::AUTHORIZATION, format!("Bearer {token}"))
}

#[tokio::test]
async fn a_tool_knows_its_caller_over_sse_too() {
    let app = app();
    let mut session = Session::open(&app, "alice.desk_read").await;
    assert!(session.url.starts_with("/desk/messages/?session_id="));
    let accepted = send(&app, session.post("alice.desk_read", "whoami")).await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED);
    let answer = session.message().await;
    assert_eq!(answer["result"]["content"][0]["text"], "alice");
}

/// Weakness S-22 of the original system: whoever knew the session's URL could use it.
#[tokio::test]
async fn t27_s22_the_session_of_a_with_the_bearer_of_b_is_404() {
    let app = app();
    let mut session = Session::open(&app, "alice.desk_read").await;
    let stolen = send(&app, session.post("bob.desk_read", "whoami")).await;
    assert_eq!(stolen.status, StatusCode::NOT_FOUND);

    // Other scopes of the same caller are the same caller.
    let own = send(&app, session.post("alice", "ping")).await;
    assert_eq!(own.status, StatusCode::ACCEPTED);
    assert_eq!(
        session.message().await["result"]["content"][0]["text"],
        "pong"
    );
}

#[tokio::test]
async fn a_missing_scope_is_the_403_of_the_post() {
    let app = app();
    let session = Session::open(&app, "alice").await;
    let refused = send(&app, session.post("alice.desk_read", "write")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let challenge = refused.challenge();
    assert!(
        challenge.contains(r#"scope="desk/read desk/write""#),
        "{challenge}"
    );
    assert!(challenge.contains("/.well-known/oauth-protected-resource/desk/sse"));
}

#[tokio::test]
async fn mcp_t73_both_routes_authenticate_every_request() {
    let app = app();
    let session = Session::open(&app, "alice").await;
    let requests = || {
        [
            get("/desk/sse"),
            post("/desk/sse"),
            post("/desk/messages/"),
            post(&session.url),
        ]
    };
    for request in requests() {
        let answer = send(&app, request.body("{}".into()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        let metadata = format!("{ORIGIN}/.well-known/oauth-protected-resource/desk/sse");
        assert!(answer.challenge().contains(&metadata));
    }
    for request in requests() {
        let request = authorized(request, "stranger").body("{}".into()).unwrap();
        assert_eq!(send(&app, request).await.status, StatusCode::UNAUTHORIZED);
    }
}

/// mcp-remote posts to the URL first, and takes 405 for "speak the older transport".
#[tokio::test]
async fn mcp_t75_an_authenticated_post_on_the_stream_is_405() {
    let request = authorized(post("/desk/sse"), "alice")
        .body("{}".into())
        .unwrap();
    let answer = send(&app(), request).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.headers[header::ALLOW], "GET");
}

#[rstest]
#[case(header::HOST, "evil.example")]
#[case(header::ORIGIN, "https://evil.example")]
#[tokio::test]
async fn t26_both_routes_are_guarded(#[case] name: HeaderName, #[case] value: &'static str) {
    let app = app();
    let session = Session::open(&app, "alice").await;
    let stream = authorized(get("/desk/sse"), "alice").body(Body::empty());
    for mut request in [stream.unwrap(), session.post("alice", "ping")] {
        request
            .headers_mut()
            .insert(name.clone(), value.parse().unwrap());
        assert_eq!(send(&app, request).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn the_stream_is_a_resource_of_its_own() {
    for (path, resource) in [("desk/mcp", crate::support::MCP), ("desk/sse", SSE)] {
        let path = format!("/.well-known/oauth-protected-resource/{path}");
        assert_eq!(fetch(&app(), &path).await.json()["resource"], resource);
    }
    // Neither may speak for the other where both would have to share a document.
    for path in [
        "/.well-known/oauth-protected-resource",
        "/desk/.well-known/oauth-protected-resource",
    ] {
        assert_eq!(fetch(&app(), path).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_page_says_how_to_connect_to_a_stream() {
    let request = get("/").header(header::ACCEPT, "text/html");
    let page = send(&app(), request.body(Body::empty()).unwrap()).await;
    assert!(
        page.text
            .contains("mcp-remote https://mcp.example.com/desk/sse --transport sse-only")
    );
    assert!(
        page.text
            .contains("mcp-remote https://mcp.example.com/desk/mcp<")
    );
}

#[test]
fn what_cannot_be_mounted_is_not_built() {
    let at_root = McpServer::new(ORIGIN, Desk)
        .auth(Bearer(Plain))
        .legacy_sse()
        .build();
    assert!(matches!(at_root, Err(BuildError::SseAtRoot(_))));

    let two_streams_in_one_folder = App::new(ORIGIN)
        .server(sse_server(SSE))
        .server(sse_server("https://mcp.example.com/desk/sse2"))
        .into_router();
    assert!(matches!(
        two_streams_in_one_folder,
        Err(BuildError::PathTaken(path)) if path == "/desk/messages/"
    ));
}
