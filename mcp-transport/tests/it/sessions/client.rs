//! A client with a session.

use axum::{Router, body::Body};
use http::{Method, Request};
use portcullis_transport::{Sessions, StreamableHttp};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{
    fixture::{Answer, Fixture, named, send},
    frames::Frames,
};

pub(super) fn app(fixture: &Fixture) -> Router {
    app_with(fixture, |sessions| sessions)
}

pub(super) fn app_with(fixture: &Fixture, change: impl FnOnce(Sessions) -> Sessions) -> Router {
    let mcp = StreamableHttp::new(fixture.clone())
        .owner(named)
        .sessions(change(Sessions::in_memory()));
    Router::new().route_service("/mcp", mcp.into_service())
}

#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) app: Router,
    pub(crate) session: Option<String>,
    pub(crate) caller: &'static str,
    pub(crate) version: &'static str,
}

impl Client {
    pub(crate) async fn open(app: &Router) -> Self {
        Self::open_as(app, "alice", "2025-11-25").await
    }

    pub(crate) async fn open_as(app: &Router, caller: &'static str, version: &'static str) -> Self {
        let mut client = Self {
            app: app.clone(),
            session: None,
            caller,
            version,
        };
        let answer = client.post(&initialize(version)).await;
        assert_eq!(answer.json()["result"]["protocolVersion"], version);
        let session = answer.headers["mcp-session-id"].to_str().unwrap();
        client.session = Some(session.to_owned());
        client
    }

    pub(crate) fn request(&self, method: Method, body: impl Into<Body>) -> Request<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri("/mcp")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .extension(self.caller);
        if let Some(session) = &self.session {
            request = request
                .header("mcp-session-id", session)
                .header("mcp-protocol-version", self.version);
        }
        request.body(body.into()).unwrap()
    }

    /// Posts a message, and reads the answer to its end.
    pub(crate) async fn post(&self, message: &Value) -> Answer {
        send(&self.app, self.request(Method::POST, message.to_string())).await
    }

    /// Posts a message that needs no answer.
    pub(crate) async fn tell(&self, message: &Value) {
        let answer = self.post(message).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        assert!(answer.text.is_empty());
    }

    /// Posts a request that is answered by events.
    pub(crate) async fn ask(&self, message: &Value) -> Events {
        self.events(self.request(Method::POST, message.to_string()))
            .await
    }

    /// The stream that belongs to no call.
    pub(crate) async fn listen(&self) -> Events {
        self.events(self.request(Method::GET, Body::empty())).await
    }

    pub(crate) fn resuming(&self, after: &str) -> Request<Body> {
        let mut request = self.request(Method::GET, Body::empty());
        let headers = request.headers_mut();
        headers.insert("last-event-id", after.parse().unwrap());
        request
    }

    /// What follows an event.
    pub(crate) async fn resume(&self, after: &str) -> Events {
        self.events(self.resuming(after)).await
    }

    pub(crate) async fn end(&self) -> Answer {
        send(&self.app, self.request(Method::DELETE, Body::empty())).await
    }

    async fn events(&self, request: Request<Body>) -> Events {
        let response = self.app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events(Frames::new(response.into_body()))
    }
}

pub(crate) struct Events(Frames);

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) retry: Option<String>,
    /// `Null` for an event without data.
    pub(crate) message: Value,
}

impl Events {
    /// The next event.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            let frame = self.0.next().await?;
            let mut event = Event::default();
            for line in frame.lines() {
                match line.split_once(':') {
                    Some(("id", id)) => event.id = id.trim().to_owned(),
                    Some(("retry", retry)) => event.retry = Some(retry.trim().to_owned()),
                    Some(("data", "")) => {}
                    Some(("data", data)) => event.message = serde_json::from_str(data).unwrap(),
                    _ => {}
                }
            }
            if !event.id.is_empty() {
                return Some(event);
            }
        }
    }

    /// The next event with a message.
    pub(crate) async fn event(&mut self) -> Option<Event> {
        loop {
            let event = self.next().await?;
            if !event.message.is_null() {
                return Some(event);
            }
        }
    }

    pub(crate) async fn message(&mut self) -> Option<Value> {
        Some(self.event().await?.message)
    }

    /// All messages to the end.
    pub(crate) async fn rest(mut self) -> Vec<Value> {
        let mut messages = Vec::new();
        while let Some(message) = self.message().await {
            messages.push(message);
        }
        messages
    }
}

pub(crate) fn initialize(version: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": version,
        "capabilities": {"roots": {}, "sampling": {}},
        "clientInfo": {"name": "test", "version": "1"},
    }})
}

pub(crate) fn initialized() -> Value {
    json!({"jsonrpc": "2.0", "method": "notifications/initialized"})
}

pub(crate) fn call(id: impl Into<Value>, tool: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id.into(), "method": "tools/call", "params": {
        "name": tool, "arguments": {"a": 1}, "_meta": {"progressToken": "p"},
    }})
}

pub(crate) fn ping(id: impl Into<Value>) -> Value {
    json!({"jsonrpc": "2.0", "id": id.into(), "method": "ping"})
}

pub(crate) fn roots(id: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": {"roots": []}})
}

pub(super) fn cancel(id: impl Into<Value>) -> Value {
    json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {
        "requestId": id.into(),
    }})
}

pub(crate) fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"]
        .as_str()
        .unwrap_or_else(|| panic!("no text: {answer}"))
}
