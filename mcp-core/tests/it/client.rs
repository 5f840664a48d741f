//! One client for every transport.

use axum::{
    Router,
    body::{Body, BodyDataStream},
    http::{Request, Response, header, request::Builder},
};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{Answer, send};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Streamable HTTP of 2026-07-28.
    Modern,
    /// Streamable HTTP of 2025-11-25, without a session.
    Stateless,
    /// The same with a session.
    Session,
    /// HTTP+SSE of 2024-11-05.
    Sse,
}

pub(crate) struct Client {
    app: Router,
    way: Way,
    pub(crate) token: &'static str,
    /// The session's id, or the URL to post to.
    session: String,
    events: Option<BodyDataStream>,
}

impl Client {
    pub(crate) async fn open(app: &Router, way: Way, token: &'static str) -> Self {
        let mut client = Self {
            app: app.clone(),
            way,
            token,
            session: String::new(),
            events: None,
        };
        match way {
            Way::Modern | Way::Stateless => {}
            Way::Session => {
                let answer = client.send("initialize", handshake("2025-11-25")).await;
                let id = &answer.headers["mcp-session-id"];
                client.session = id.to_str().unwrap().to_owned();
            }
            Way::Sse => {
                let stream = client.authorized(Request::get("/desk/sse"));
                let stream = stream.body(Body::empty()).unwrap();
                let response: Response<Body> = app.clone().oneshot(stream).await.unwrap();
                client.events = Some(response.into_body().into_data_stream());
                client.session = client.event().await;
                client.ask("initialize", handshake("2024-11-05")).await;
            }
        }
        client
    }

    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self.send(method, params).await;
        if self.way == Way::Sse && answer.status.is_success() {
            return serde_json::from_str(&self.event().await).unwrap();
        }
        let data = answer.text.lines().rev();
        let mut data = data.filter_map(|line| line.strip_prefix("data: {"));
        match data.next() {
            Some(event) => serde_json::from_str(&format!("{{{event}")).unwrap(),
            None => answer.json(),
        }
    }

    pub(crate) async fn send(&self, method: &str, mut params: Value) -> Answer {
        let path = match self.way {
            Way::Sse => &self.session,
            _ => "/desk/mcp",
        };
        let mut request = self
            .authorized(Request::post(path))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json, text/event-stream");
        if self.way == Way::Session && !self.session.is_empty() {
            request = request.header("mcp-session-id", &self.session);
        }
        if matches!(self.way, Way::Modern | Way::Stateless) {
            params["_meta"] = json!({
                "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": capabilities(),
            });
        }
        if self.way == Way::Modern {
            params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2026-07-28".into();
            request = request
                .header("mcp-protocol-version", "2026-07-28")
                .header("mcp-method", method);
            let names = ["name", "uri", "taskId"];
            if let Some(name) = names.iter().find_map(|name| params[name].as_str()) {
                request = request.header("mcp-name", name);
            }
        }
        let message = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
        send(&self.app, request.body(message.to_string().into()).unwrap()).await
    }

    fn authorized(&self, request: Builder) -> Builder {
        request
            .header(header::HOST, "mcp.example.com")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
    }

    async fn event(&mut self) -> String {
        let event = self.events.as_mut().unwrap().next().await.unwrap().unwrap();
        let event = std::str::from_utf8(&event).unwrap();
        let (_, data) = event.split_once("data: ").unwrap();
        data.trim_end().to_owned()
    }
}

fn handshake(version: &str) -> Value {
    json!({"protocolVersion": version, "capabilities": capabilities(),
        "clientInfo": {"name": "test", "version": "1"}})
}

fn capabilities() -> Value {
    json!({"extensions": {"io.modelcontextprotocol/tasks": {}}})
}
