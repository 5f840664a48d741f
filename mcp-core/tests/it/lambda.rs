//! An app behind every front of AWS Lambda: the same answers as over HTTP, credentials and all.

use std::time::Duration;

use axum::{
    Router,
    body::Body,
    http::{HeaderName, Request, StatusCode, header},
};
use portcullis::lambda::{Answer as Returned, Function};
use serde_json::{Value, json};

use crate::support::{Answer, app, send};

struct Asked {
    method: &'static str,
    path: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
}

fn get(path: &'static str) -> Asked {
    Asked {
        method: "GET",
        path,
        headers: vec![("host", "mcp.example.com")],
        body: String::new(),
    }
}

fn post(bearer: &'static str, body: impl ToString) -> Asked {
    Asked {
        method: "POST",
        path: "/desk/mcp",
        headers: vec![
            ("host", "mcp.example.com"),
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("authorization", bearer),
        ],
        body: body.to_string(),
    }
}

impl Asked {
    fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.retain(|(given, _)| *given != name);
        self.headers.push((name, value));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(given, _)| *given != name);
        self
    }
}

fn call(tool: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": tool, "arguments": {"text": "hello"}}})
}

const READER: &str = "Bearer alice.desk_read";

fn corpus() -> Vec<(StatusCode, Asked)> {
    let initialize = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"}}});
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let ok = StatusCode::OK;
    vec![
        (ok, post(READER, initialize)),
        (StatusCode::ACCEPTED, post(READER, initialized)),
        (ok, post(READER, &list)),
        (ok, post(READER, call("whoami"))),
        (StatusCode::FORBIDDEN, post(READER, call("write"))),
        (
            StatusCode::FORBIDDEN,
            post(READER, json!([call("whoami"), call("write")])),
        ),
        (ok, post(READER, json!([call("whoami"), call("ping")]))),
        (ok, post(READER, call("unknown"))),
        (ok, post(READER, call("picky"))),
        (ok, post(READER, call("panics"))),
        (StatusCode::BAD_REQUEST, post(READER, "{")),
        (StatusCode::UNAUTHORIZED, post("Bearer stranger", &list)),
        (
            StatusCode::UNAUTHORIZED,
            post(READER, &list).without("authorization"),
        ),
        (
            StatusCode::FORBIDDEN,
            post(READER, &list).with("host", "evil.example"),
        ),
        (
            StatusCode::FORBIDDEN,
            post(READER, &list).with("origin", "https://evil.example"),
        ),
        (
            StatusCode::METHOD_NOT_ALLOWED,
            get("/desk/mcp").with("authorization", READER),
        ),
        (ok, get("/.well-known/oauth-protected-resource/desk/mcp")),
        (ok, get("/.well-known/oauth-protected-resource")),
        (ok, get("/healthz").with("host", "10.0.0.7")),
        (ok, get("/").with("accept", "text/html")),
        (StatusCode::NOT_FOUND, get("/nothing")),
    ]
}

fn load_balancer(asked: &Asked) -> Value {
    let headers: Value = asked.headers.iter().copied().collect();
    json!({
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:…"}},
        "httpMethod": asked.method, "path": asked.path, "queryStringParameters": {},
        "headers": headers, "body": asked.body, "isBase64Encoded": false,
    })
}

fn multi_value(asked: &Asked) -> Value {
    let headers = asked
        .headers
        .iter()
        .map(|(name, value)| (*name, vec![*value]));
    let headers: Value = headers.collect();
    json!({
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:…"}},
        "httpMethod": asked.method, "path": asked.path, "multiValueQueryStringParameters": {},
        "multiValueHeaders": headers, "body": asked.body, "isBase64Encoded": false,
    })
}

fn gateway(asked: &Asked, domain: &str) -> Value {
    let headers: Value = asked.headers.iter().copied().collect();
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": asked.path, "rawQueryString": "",
        "headers": headers, "body": asked.body, "isBase64Encoded": false,
        "requestContext": {
            "accountId": "123456789012", "apiId": "a1b2c3", "domainName": domain,
            "domainPrefix": "a1b2c3", "requestId": "1", "routeKey": "$default",
            "stage": "$default", "time": "24/Nov/2026:21:08:33 +0000", "timeEpoch": 1,
            "http": {"method": asked.method, "path": asked.path, "protocol": "HTTP/1.1",
                "sourceIp": "198.51.100.7", "userAgent": "test"},
        },
    })
}

async fn over_http(app: &Router, asked: &Asked) -> Answer {
    let mut request = Request::builder().method(asked.method).uri(asked.path);
    for (name, value) in &asked.headers {
        request = request.header(*name, *value);
    }
    send(app, request.body(Body::from(asked.body.clone())).unwrap()).await
}

async fn invoke(app: &Router, event: &Value) -> Value {
    let function = Function::new(app.clone());
    let left = Duration::from_secs(60);
    match function.invoke(&event.to_string(), left).await.unwrap() {
        Returned::Buffered(envelope) => serde_json::from_str(envelope.as_str()).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// The values of a header as one list, which is all that some fronts take.
fn sent(answer: &Answer, name: &HeaderName) -> String {
    let values = answer.headers.get_all(name).iter();
    let values: Vec<_> = values.map(|value| value.to_str().unwrap()).collect();
    values.join(", ")
}

fn returned(envelope: &Value, name: &HeaderName) -> String {
    let values = envelope["multiValueHeaders"][name.as_str()].as_array();
    let values = values.into_iter().flatten();
    let single = &envelope["headers"][name.as_str()];
    let values: Vec<_> = values.chain([single]).filter_map(Value::as_str).collect();
    values.join(", ")
}

#[tokio::test]
async fn t26_every_front_of_lambda_answers_as_http_does() {
    let app = app();
    for (status, asked) in corpus() {
        let what = format!("{} {} {}", asked.method, asked.path, asked.body);
        let expected = over_http(&app, &asked).await;
        assert_eq!(expected.status, status, "{what}");
        let events = [
            load_balancer(&asked),
            multi_value(&asked),
            gateway(&asked, "mcp.example.com"),
            gateway(&asked, "a1b2c3.lambda-url.us-west-2.on.aws"),
        ];
        for event in events {
            let envelope = invoke(&app, &event).await;
            assert_eq!(envelope["statusCode"], status.as_u16(), "{what}");
            assert_eq!(envelope["body"], expected.text, "{what}");
            let matter = [
                header::CONTENT_TYPE,
                header::WWW_AUTHENTICATE,
                header::ALLOW,
                header::CACHE_CONTROL,
                header::VARY,
            ];
            for name in matter {
                assert_eq!(returned(&envelope, &name), sent(&expected, &name), "{what}");
            }
        }
    }
}
