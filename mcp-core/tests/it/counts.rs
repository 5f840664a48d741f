//! What one user may hold is counted whichever client acts for them; it belongs to one client alone.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Response, StatusCode},
};
use portcullis::{
    App, Events, McpServerBuilder,
    auth::{
        Bearer, BearerToken, ClientId, Issuer, Principal, PrincipalKind, Subject, TokenVerifier,
        VerifyError,
    },
    prelude::*,
    transport::{Limits, SessionLimits, Sessions, SseLimits},
};
use serde_json::json;
use tower::ServiceExt;

use crate::{
    say::modern,
    sessions::{initialize, open_as, post, request},
    support::{MCP, ORIGIN, get, send},
};

const SSE: &str = "https://mcp.example.com/desk/sse";

/// Takes `<subject>.<client>`.
struct SubjectAndClient;

impl TokenVerifier for SubjectAndClient {
    async fn verify(&self, token: &BearerToken) -> Result<Principal, VerifyError> {
        let invalid = VerifyError::Invalid("malformed");
        let Some((subject, client)) = token.expose().split_once('.') else {
            return Err(invalid);
        };
        let malformed = |_| VerifyError::Invalid("malformed");
        let issuer = Issuer::new("https://login.example.com").map_err(malformed)?;
        let subject = Subject::new(subject).map_err(malformed)?;
        let client = ClientId::new(client).map_err(malformed)?;
        Ok(Principal::new(issuer, subject, PrincipalKind::User).with_client_id(client))
    }
}

struct Quiet;

#[mcp_server(name = "quiet")]
impl Quiet {
    /// Says nothing much.
    #[tool(scopes())]
    async fn ping(&self) -> String {
        "pong".into()
    }
}

fn app(
    url: &str,
    change: impl FnOnce(
        McpServerBuilder<Quiet, Bearer<SubjectAndClient>>,
    ) -> McpServerBuilder<Quiet, Bearer<SubjectAndClient>>,
) -> Router {
    let server = McpServer::new(url, Quiet).auth(Bearer(SubjectAndClient));
    let server = change(server).build().unwrap();
    App::new(ORIGIN).server(server).into_router().unwrap()
}

fn with_sessions() -> Router {
    let mut limits = SessionLimits::default();
    limits.max_sessions_per_owner = 2;
    app(MCP, |server| {
        server.sessions(Sessions::in_memory().limits(limits))
    })
}

async fn open(app: &Router, token: &str) -> String {
    open_as(app, token, &initialize("2025-11-25", json!({}))).await
}

/// What the session answers its own client.
async fn ping(app: &Router, token: &str, session: &str) -> StatusCode {
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    post(app, token, session, &ping).await.status
}

#[tokio::test(start_paused = true)]
async fn t29_another_client_of_a_user_raises_no_bound_on_sessions() {
    let app = with_sessions();
    let first = open(&app, "alice.one").await;
    let second = open(&app, "alice.one").await;
    let bobs = open(&app, "bob.one").await;
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    assert_eq!(ping(&app, "alice.one", &second).await, StatusCode::OK);

    // The user has two already, so the one that has been idle for longest makes room.
    let third = open(&app, "alice.two").await;
    assert_eq!(ping(&app, "alice.one", &first).await, StatusCode::NOT_FOUND);
    assert_eq!(ping(&app, "alice.one", &second).await, StatusCode::OK);
    assert_eq!(ping(&app, "alice.two", &third).await, StatusCode::OK);
    assert_eq!(ping(&app, "bob.one", &bobs).await, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn t29_a_client_makes_room_among_its_own_sessions_first() {
    let app = with_sessions();
    let ones = open(&app, "alice.one").await;
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    let twos = open(&app, "alice.two").await;
    let again = open(&app, "alice.two").await;
    assert_eq!(ping(&app, "alice.one", &ones).await, StatusCode::OK);
    assert_eq!(ping(&app, "alice.two", &twos).await, StatusCode::NOT_FOUND);
    assert_eq!(ping(&app, "alice.two", &again).await, StatusCode::OK);
}

#[tokio::test]
async fn t27_a_session_is_not_another_clients_of_the_same_user() {
    let app = with_sessions();
    let session = open(&app, "alice.one").await;
    for stranger in ["alice.two", "bob.one"] {
        assert_eq!(ping(&app, stranger, &session).await, StatusCode::NOT_FOUND);
        let end = request(Method::DELETE, stranger, &session, &json!({}));
        assert_eq!(send(&app, end).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(ping(&app, "alice.one", &session).await, StatusCode::OK);
}

async fn listen(app: &Router, token: &str) -> Response<Body> {
    let asked = json!({"notifications": {"toolsListChanged": true}});
    let request = modern(token, "subscriptions/listen", asked, json!({}));
    app.clone().oneshot(request).await.unwrap()
}

#[tokio::test]
async fn t29_another_client_of_a_user_raises_no_bound_on_subscriptions() {
    let mut limits = Limits::default();
    limits.max_subscriptions_per_owner = 2;
    let app = app(MCP, |server| {
        server.limits(limits).events(Events::default())
    });
    let first = listen(&app, "alice.one").await;
    let second = listen(&app, "alice.two").await;
    assert_eq!(second.status(), StatusCode::OK);
    for client in ["alice.one", "alice.two", "alice.three"] {
        let refused = listen(&app, client).await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS, "{client}");
    }
    assert_eq!(listen(&app, "bob.one").await.status(), StatusCode::OK);
    drop(first);
    assert_eq!(listen(&app, "alice.three").await.status(), StatusCode::OK);
}

async fn stream(app: &Router, token: &str) -> (StatusCode, HeaderMap, Body) {
    let request = get("/desk/sse")
        .header("accept", "text/event-stream")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap();
    let (parts, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    (parts.status, parts.headers, body)
}

#[tokio::test]
async fn t29_another_client_of_a_user_raises_no_bound_on_streams_of_http_sse() {
    let mut limits = SseLimits::default();
    limits.max_sessions_per_owner = 2;
    let app = app(SSE, |server| server.legacy_sse().sse_limits(limits));
    let (_, _, first) = stream(&app, "alice.one").await;
    let (second, _, _open) = stream(&app, "alice.two").await;
    assert_eq!(second, StatusCode::OK);
    let (refused, headers, _) = stream(&app, "alice.three").await;
    assert_eq!(refused, StatusCode::TOO_MANY_REQUESTS);
    assert!(headers.contains_key("retry-after"));
    let (bobs, _, _bobs) = stream(&app, "bob.one").await;
    assert_eq!(bobs, StatusCode::OK);
    drop(first);
    assert_eq!(stream(&app, "alice.three").await.0, StatusCode::OK);
}
