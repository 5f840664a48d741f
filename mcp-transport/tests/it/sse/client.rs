//! A client that shows everything that it is told.

use axum::{Router, body::Body};
use http::{Method, Request, Response};
use portcullis_transport::LegacySse;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{
    fixture::{Answer, Fixture, named, send},
    frames::Frames,
};

pub(super) const STREAM: &str = "/weather-python/sse";
pub(super) const MESSAGES: &str = "/weather-python/messages/";

pub(super) fn app(fixture: &Fixture) -> Router {
    app_with(fixture, |sse| sse)
}

pub(super) fn app_with(
    fixture: &Fixture,
    change: impl FnOnce(LegacySse<Fixture>) -> LegacySse<Fixture>,
) -> Router {
    let sse = LegacySse::new(fixture.clone()).owner(named);
    change(sse).into_router(STREAM, MESSAGES)
}

pub(super) fn get(caller: &'static str) -> Request<Body> {
    Request::get(STREAM)
        .header("accept", "text/event-stream")
        .extension(caller)
        .body(Body::empty())
        .unwrap()
}

pub(super) struct Client {
    pub(super) app: Router,
    pub(super) url: String,
    caller: &'static str,
    frames: Frames,
}

impl Client {
    pub(super) async fn open(app: &Router) -> Self {
        Self::open_as(app, "alice").await
    }

    pub(super) async fn open_as(app: &Router, caller: &'static str) -> Self {
        let response = app.clone().oneshot(get(caller)).await.unwrap();
        Self::read(app, caller, response).await
    }

    pub(super) async fn read(app: &Router, caller: &'static str, response: Response<Body>) -> Self {
        let mut client = Self {
            app: app.clone(),
            url: String::new(),
            caller,
            frames: Frames::new(response.into_body()),
        };
        let event = client.frame().await.unwrap();
        let data = event.strip_prefix("event: endpoint\ndata: ");
        client.url = data.unwrap().trim_end().to_owned();
        client
    }

    /// The next event or comment, as it is on the wire.
    pub(super) async fn frame(&mut self) -> Option<String> {
        self.frames.next().await
    }

    /// The next message.
    pub(super) async fn message(&mut self) -> Option<Value> {
        loop {
            let frame = self.frame().await?;
            if let Some(data) = frame.strip_prefix("event: message\ndata: ") {
                return Some(serde_json::from_str(data).unwrap());
            }
            assert!(frame.starts_with(':'), "{frame}");
        }
    }

    pub(super) fn request(&self, body: impl Into<Body>) -> Request<Body> {
        Request::builder()
            .method(Method::POST)
            .uri(&self.url)
            .header("content-type", "application/json")
            .extension(self.caller)
            .body(body.into())
            .unwrap()
    }

    pub(super) async fn post(&self, message: &Value) -> Answer {
        send(&self.app, self.request(message.to_string())).await
    }

    /// Posts a message that is accepted.
    pub(super) async fn tell(&self, message: &Value) {
        let answer = self.post(message).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        assert!(answer.text.is_empty());
    }

    /// Posts a request, and waits for its answer.
    pub(super) async fn ask(&mut self, request: &Value) -> Value {
        self.tell(request).await;
        let answer = self.message().await.unwrap();
        assert_eq!(answer["id"], request["id"], "{answer}");
        answer
    }

    pub(super) async fn initialize(&mut self, version: &str) -> Value {
        let answer = self.ask(&initialize(version)).await;
        self.tell(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))
            .await;
        answer["result"].clone()
    }
}

pub(super) fn initialize(version: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": version,
        "capabilities": {"roots": {}, "sampling": {}},
        "clientInfo": {"name": "test", "version": "1"},
    }})
}

pub(super) fn call(id: impl Into<Value>, tool: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id.into(), "method": "tools/call", "params": {
        "name": tool, "arguments": {"a": 1}, "_meta": {"progressToken": "p"},
    }})
}

pub(super) fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"]
        .as_str()
        .unwrap_or_else(|| panic!("no text: {answer}"))
}
