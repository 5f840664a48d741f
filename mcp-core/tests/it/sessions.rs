//! A server with sessions: each belongs to the caller who opened it.

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use portcullis::{
    App, BuildError, McpServerBuilder,
    auth::Bearer,
    prelude::*,
    rmcp::{Peer, RoleServer},
    transport::{
        Sessions,
        replica::{Replica, ReplicaName, SharedDirectory},
    },
};
use rstest::rstest;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{Answer, MCP, ORIGIN, Plain, send};

struct Curious;

#[mcp_server(name = "curious")]
impl Curious {
    /// Asks the client for its roots.
    #[tool(scopes("desk/read"))]
    #[expect(deprecated, reason = "older clients still have roots")]
    async fn ask(&self, peer: Peer<RoleServer>) -> String {
        match peer.list_roots().await {
            Ok(answer) => format!("{} roots", answer.roots.len()),
            Err(error) => error.to_string(),
        }
    }
}

fn app() -> Router {
    let server = server().build().unwrap();
    App::new(ORIGIN).server(server).into_router().unwrap()
}

fn server() -> McpServerBuilder<Curious, Bearer<Plain>> {
    McpServer::new(MCP, Curious)
        .auth(Bearer(Plain))
        .sessions(Sessions::in_memory())
}

fn replica(name: &str, directory: &SharedDirectory) -> (Replica, Router) {
    let replica = Replica::new(ReplicaName::new(name).unwrap(), directory.clone());
    let server = server().replica(&replica).build().unwrap();
    let app = App::new(ORIGIN).server(server).replica(&replica);
    (replica.clone(), app.into_router().unwrap())
}

pub(crate) fn request(method: Method, token: &str, session: &str, body: &Value) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri("/desk/mcp")
        .header(header::HOST, "mcp.example.com")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream")
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    if !session.is_empty() {
        request = request.header("mcp-session-id", session);
    }
    request.body(body.to_string().into()).unwrap()
}

pub(crate) async fn post(app: &Router, token: &str, session: &str, body: &Value) -> Answer {
    send(app, request(Method::POST, token, session, body)).await
}

pub(crate) fn initialize(version: &str, capabilities: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": version,
        "capabilities": capabilities,
        "clientInfo": {"name": "test", "version": "1"},
    }})
}

async fn open(app: &Router, token: &str) -> String {
    open_as(app, token, &initialize("2025-11-25", json!({"roots": {}}))).await
}

pub(crate) async fn open_as(app: &Router, token: &str, initialize: &Value) -> String {
    let answer = post(app, token, "", initialize).await;
    let id = &answer.headers["mcp-session-id"];
    id.to_str().unwrap().to_owned()
}

fn ask() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask"}})
}

/// The next message of a stream.
pub(crate) async fn message(
    events: &mut (impl futures_util::Stream<Item = Result<axum::body::Bytes, axum::Error>> + Unpin),
) -> Value {
    use futures_util::StreamExt;
    loop {
        let event = events.next().await.unwrap().unwrap();
        let event = std::str::from_utf8(&event).unwrap();
        if let Some((_, data)) = event.split_once("data: ") {
            return serde_json::from_str(data.trim_end()).unwrap();
        }
    }
}

#[tokio::test]
async fn a_tool_asks_its_caller() {
    let app = app();
    let session = open(&app, "alice.desk_read").await;
    let asking = request(Method::POST, "alice.desk_read", &session, &ask());
    let response = app.clone().oneshot(asking).await.unwrap();
    let mut events = response.into_body().into_data_stream();
    let question = message(&mut events).await;
    assert_eq!(question["method"], "roots/list");

    let roots = json!({"jsonrpc": "2.0", "id": question["id"], "result": {"roots": []}});
    let accepted = post(&app, "alice.desk_read", &session, &roots).await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED);
    let answer = message(&mut events).await;
    assert_eq!(answer["result"]["content"][0]["text"], "0 roots");
}

#[rstest]
#[case::get(Method::GET)]
#[case::post(Method::POST)]
#[case::delete(Method::DELETE)]
#[tokio::test]
async fn t27_session_of_another_caller_is_404(#[case] method: Method) {
    let app = app();
    let session = open(&app, "alice.desk_read").await;
    let stolen = request(method, "mallory.desk_read", &session, &ask());
    assert_eq!(send(&app, stolen).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn t27_a_session_is_no_credential() {
    let app = app();
    let session = open(&app, "alice.desk_read").await;
    let mut request = request(Method::POST, "", &session, &ask());
    request.headers_mut().remove(header::AUTHORIZATION);
    assert_eq!(send(&app, request).await.status, StatusCode::UNAUTHORIZED);
    let revoked = post(&app, "stranger", &session, &ask()).await;
    assert_eq!(revoked.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn t12_a_missing_scope_is_403_in_a_session_too() {
    let app = app();
    let session = open(&app, "alice").await;
    let answer = post(&app, "alice", &session, &ask()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.challenge().contains(r#"error="insufficient_scope""#));
}

#[test]
fn a_server_with_legacy_sse_takes_no_sessions() {
    let server = McpServer::new("https://mcp.example.com/desk/sse", Curious)
        .auth(Bearer(Plain))
        .legacy_sse()
        .sessions(Sessions::in_memory())
        .build();
    assert!(matches!(server, Err(BuildError::SseWithSessions)));
}

#[tokio::test]
async fn t27_the_replica_of_a_session_makes_every_check() {
    let directory = SharedDirectory::default();
    let (a, app) = replica("a", &directory);
    let (_, other) = replica("b", &directory);
    let session = open(&app, "alice").await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let _membership = a.join(address.parse().unwrap()).await.unwrap();
    tokio::spawn(portcullis::serve(listener, app, Shutdown::manual()));

    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    let mut foreign = request(Method::POST, "alice", &session, &ping);
    let host = "evil.example".parse().unwrap();
    foreign.headers_mut().insert(header::HOST, host);
    for (expected, request) in [
        (
            StatusCode::OK,
            request(Method::POST, "alice", &session, &ping),
        ),
        (
            StatusCode::UNAUTHORIZED,
            request(Method::POST, "stranger", &session, &ping),
        ),
        (
            StatusCode::NOT_FOUND,
            request(Method::POST, "mallory", &session, &ping),
        ),
        (
            StatusCode::FORBIDDEN,
            request(Method::POST, "alice", &session, &ask()),
        ),
        (StatusCode::FORBIDDEN, foreign),
    ] {
        assert_eq!(send(&other, request).await.status, expected);
    }
}
