//! Replicas on loopback, each in a runtime of its own so that one can be killed.

use std::{
    future::ready,
    sync::atomic::{AtomicUsize, Ordering},
};

use axum::{Router, body::Body, extract::Request as AxumRequest};
use http::{HeaderValue, Method, Request, Response, StatusCode, uri::Authority};
use http_body_util::BodyExt;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use portcullis_transport::{
    LegacySse, OwnerKey, Sessions, Shutdown, StreamableHttp,
    replica::{Directory, Membership, Replica, ReplicaName},
    serve,
};
use serde_json::Value;
use tokio::{net::TcpListener, runtime::Runtime};

use crate::{fixture::Fixture, frames::Frames};

pub(super) const VERSION: &str = "2025-11-25";

/// A server process.
pub(super) struct Process {
    pub(super) address: Authority,
    runtime: Option<Runtime>,
    _membership: Membership,
}

impl Process {
    pub(super) async fn start(name: &str, directory: &(impl Directory + Clone)) -> Self {
        let replica = Replica::new(ReplicaName::new(name).unwrap(), directory.clone());
        let runtime = Runtime::new().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address: Authority = listener.local_addr().unwrap().to_string().parse().unwrap();
        let app = app(&replica);
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            serve(listener, app, Shutdown::manual()).await
        });
        Self {
            _membership: replica.join(address.clone()).await.unwrap(),
            address,
            runtime: Some(runtime),
        }
    }

    /// As by SIGKILL: every task and every socket is gone at once.
    pub(super) fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The caller's name is a header here; an authentication layer would look closer.
fn app(replica: &Replica) -> Router {
    let reached = HeaderValue::try_from(replica.name().as_str()).unwrap();
    let says_who_was_reached = move |mut response: Response<Body>| {
        response.headers_mut().insert("x-reached", reached.clone());
        ready(response)
    };
    let owner = |extensions: &http::Extensions| extensions.get::<OwnerKey>().copied();
    let sessions = Sessions::in_memory().replica(replica);
    let fixture = Fixture::default();
    let mcp = StreamableHttp::new(fixture.clone())
        .owner(owner)
        .sessions(sessions);
    Router::new()
        .route_service("/mcp", mcp.into_service())
        .merge(
            LegacySse::new(fixture)
                .owner(owner)
                .replica(replica)
                .into_router("/sse", "/messages/"),
        )
        .layer(axum::middleware::map_request(identify))
        .layer(replica.layer(["/mcp", "/messages/"]))
        .layer(axum::middleware::map_response(says_who_was_reached))
}

async fn identify(mut request: AxumRequest) -> AxumRequest {
    let mut key = [0; 32];
    if let Some(user) = request.headers().get("x-user") {
        key[..user.len()].copy_from_slice(user.as_bytes());
    }
    request.extensions_mut().insert(OwnerKey::new(key));
    request
}

/// A load balancer without stickiness, and a client behind it.
pub(super) struct Balanced {
    client: Client<HttpConnector, Body>,
    targets: Vec<Authority>,
    turn: AtomicUsize,
}

impl Balanced {
    pub(super) fn new(processes: &[&Process]) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            targets: processes
                .iter()
                .map(|process| process.address.clone())
                .collect(),
            turn: AtomicUsize::new(0),
        }
    }

    /// The next replica gets the request.
    pub(super) async fn send(&self, mut request: Request<Body>) -> Response<Body> {
        let turn = self.turn.fetch_add(1, Ordering::SeqCst);
        let target = &self.targets[turn % self.targets.len()];
        let path = request.uri().path_and_query().unwrap().clone();
        *request.uri_mut() = format!("http://{target}{path}").parse().unwrap();
        self.client.request(request).await.unwrap().map(Body::new)
    }

    pub(super) async fn post(&self, session: &str, message: &Value) -> Response<Body> {
        self.send(request(Method::POST, session, message.to_string()))
            .await
    }

    pub(super) async fn open(&self) -> String {
        let message = crate::sessions::initialize(VERSION);
        let response = self.post("", &message).await;
        let id = response.headers()["mcp-session-id"].to_str().unwrap();
        id.to_owned()
    }
}

pub(super) fn request(method: Method, session: &str, body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri("/mcp")
        .header("x-user", "alice")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream");
    if !session.is_empty() {
        request = request
            .header("mcp-session-id", session)
            .header("mcp-protocol-version", VERSION);
    }
    request.body(body.into()).unwrap()
}

pub(super) async fn json(response: Response<Body>) -> Value {
    assert_eq!(response.status(), StatusCode::OK);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&body).unwrap()
}

/// The messages of an event stream.
pub(super) struct Messages(pub(super) Frames);

impl Messages {
    pub(super) fn of(response: Response<Body>) -> Self {
        assert_eq!(response.status(), StatusCode::OK);
        Self(Frames::new(response.into_body()))
    }

    /// The next message, with its event's id if it has one.
    pub(super) async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            let frame = self.0.next().await?;
            let field = |name: &str| {
                let line = frame.lines().find_map(|line| line.strip_prefix(name));
                line.unwrap_or_default().trim().to_owned()
            };
            let data = field("data:");
            if let Ok(message) = serde_json::from_str(&data) {
                return Some((field("id:"), message));
            }
        }
    }

    pub(super) async fn message(&mut self) -> Value {
        self.next().await.unwrap().1
    }
}
