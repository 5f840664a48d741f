//! One set of requests, the same answers on HTTP and through every front.

use axum::{Router, body::Body};
use http::{HeaderMap, Request, header};
use portcullis_transport::{Guard, StreamableHttp, health};
use serde_json::json;

use super::front::*;
use crate::fixture::{Answer, Fixture, legacy_call, modern, modern_body, modern_call, send};

struct Asked {
    method: &'static str,
    path: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
}

fn post(body: impl ToString) -> Asked {
    Asked {
        method: "POST",
        path: "/mcp",
        headers: Vec::new(),
        body: body.to_string(),
    }
}

impl Asked {
    fn with(mut self, headers: &[(&'static str, &'static str)]) -> Self {
        self.headers.extend(headers);
        self
    }

    fn to(self, method: &'static str, path: &'static str) -> Self {
        Self {
            method,
            path,
            ..self
        }
    }
}

fn corpus() -> Vec<Asked> {
    let initialize = json!({
        "jsonrpc": "2.0", "id": 0, "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    });
    let ping = json!({"jsonrpc": "2.0", "id": 2, "method": "ping"});
    let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    vec![
        post(initialize),
        post(initialized),
        post(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})),
        post(legacy_call("echo")),
        post(legacy_call("count")),
        post(legacy_call("nothing")),
        post(json!({"jsonrpc": "2.0", "id": 3, "method": "no/such"})),
        post(json!([ping, ping])),
        post(modern_call("echo")).with(&modern("tools/call", Some("echo"))),
        post(modern_call("echo")).with(&modern("tools/call", Some("count"))),
        post(modern_call("nothing")).with(&modern("tools/call", Some("nothing"))),
        post(modern_body("server/discover", json!({}))).with(&modern("server/discover", None)),
        post("{"),
        post(""),
        post(r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}"#),
        post("x".repeat(5 << 20)),
        post(&ping).with(&[("content-type", "text/plain")]),
        post(&ping).with(&[("accept", "text/html")]),
        post(&ping).with(&[("host", "evil.example")]),
        post(&ping).with(&[("origin", "https://evil.example")]),
        post(&ping).with(&[("origin", "https://mcp.example.com")]),
        post("").to("OPTIONS", "/mcp").with(&[
            ("origin", "https://mcp.example.com"),
            ("access-control-request-method", "POST"),
        ]),
        post("").to("GET", "/mcp"),
        post("").to("DELETE", "/mcp"),
        post("").to("GET", "/healthz"),
        post("").to("GET", "/no/such"),
    ]
}

fn served() -> Router {
    let guard = Guard::new(&"https://mcp.example.com".parse().unwrap())
        .allow_host("a1b2c3d4e5.execute-api.us-west-2.amazonaws.com")
        .allow_host("x7tq2mbk5hpl3vz9.lambda-url.us-west-2.on.aws");
    let mcp = StreamableHttp::new(Fixture::default()).into_service();
    Router::new()
        .route_service("/mcp", mcp)
        .merge(health("test"))
        .layer(guard.build().unwrap())
}

async fn over_http(app: &Router, asked: &Asked) -> Answer {
    let mut headers = HeaderMap::new();
    let usual = [
        ("host", "mcp.example.com"),
        ("accept", "application/json, text/event-stream"),
        ("content-type", "application/json"),
    ];
    for (name, value) in usual.iter().chain(&asked.headers) {
        headers.insert(*name, value.parse().unwrap());
    }
    let request = Request::builder().method(asked.method).uri(asked.path);
    let mut request = request.body(Body::from(asked.body.clone())).unwrap();
    *request.headers_mut() = headers;
    send(app, request).await
}

async fn through(app: &Router, front: Front, asked: &Asked) -> Answer {
    let mut event = front.event().method(asked.method).path(asked.path);
    for (name, value) in &asked.headers {
        event = event.header(name, value);
    }
    invoke(app, event.body(&asked.body)).await
}

/// Where a front takes no repeated headers, their values stand in one list.
fn listed(headers: &HeaderMap) -> Vec<(String, String)> {
    let list = |name| {
        let values = headers.get_all(name).iter();
        let values: Vec<_> = values.map(|value| value.to_str().unwrap()).collect();
        values.join(", ")
    };
    let names = headers.keys().filter(|name| *name != header::DATE);
    let mut all: Vec<_> = names.map(|name| (name.to_string(), list(name))).collect();
    all.sort();
    all
}

#[tokio::test]
async fn every_front_answers_as_http_does() {
    let app = served();
    for asked in corpus() {
        let expected = over_http(&app, &asked).await;
        for front in FRONTS {
            let answer = through(&app, front, &asked).await;
            let what = format!("{} {} {:.80}", asked.method, asked.path, asked.body);
            assert_eq!(answer.status, expected.status, "{what}");
            assert_eq!(answer.text, expected.text, "{what}");
            assert_eq!(listed(&answer.headers), listed(&expected.headers), "{what}");
        }
    }
}
