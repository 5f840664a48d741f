//! Events of every front, and what comes back through one.

use std::time::Duration;

use axum::Router;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use portcullis_transport::lambda::{Answer, Function, InvokeMode};
use serde_json::{Value, json};

use crate::fixture;

pub(super) const ALB: Front = Front(include_str!("events/alb.json"));
pub(super) const ALB_MULTI_VALUE: Front = Front(include_str!("events/alb-multi-value.json"));
pub(super) const HTTP_API: Front = Front(include_str!("events/http-api.json"));
pub(super) const HTTP_API_STAGE: Front = Front(include_str!("events/http-api-stage.json"));
pub(super) const FUNCTION_URL: Front = Front(include_str!("events/function-url.json"));
pub(super) const CARGO_LAMBDA: Front = Front(include_str!("events/cargo-lambda.json"));

pub(super) const FRONTS: [Front; 6] = [
    ALB,
    ALB_MULTI_VALUE,
    HTTP_API,
    HTTP_API_STAGE,
    FUNCTION_URL,
    CARGO_LAMBDA,
];

/// What an invocation has left in these tests.
pub(super) const LEFT: Duration = Duration::from_secs(60);

/// A front, by an event that it has sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Front(&'static str);

impl Front {
    pub(super) fn event(self) -> Event {
        Event(serde_json::from_str(self.0).unwrap())
    }
}

/// An event to be changed for a test.
#[derive(Clone)]
pub(super) struct Event(pub(super) Value);

impl Event {
    pub(super) fn method(mut self, method: &str) -> Self {
        if self.is_alb() {
            self.0["httpMethod"] = json!(method);
        } else {
            self.0["requestContext"]["http"]["method"] = json!(method);
        }
        self
    }

    /// The path that the client asks for, behind the stage if there is one.
    pub(super) fn path(mut self, path: &str) -> Self {
        if self.is_alb() {
            self.0["path"] = json!(path);
            return self;
        }
        let raw = match self.0["requestContext"]["stage"].as_str().unwrap() {
            "$default" => path.to_owned(),
            stage => format!("/{stage}{path}"),
        };
        self.0["rawPath"] = json!(raw);
        self
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        match self.0.get_mut("multiValueHeaders") {
            Some(headers) => headers[name] = json!([value]),
            None => self.0["headers"][name] = json!(value),
        }
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        let headers = match self.0.get_mut("multiValueHeaders") {
            Some(headers) => headers,
            None => &mut self.0["headers"],
        };
        headers.as_object_mut().unwrap().remove(name);
        self
    }

    pub(super) fn body(mut self, body: &str) -> Self {
        self.0["body"] = json!(body);
        self
    }

    pub(super) fn base64(mut self, body: impl AsRef<[u8]>) -> Self {
        self.0["body"] = json!(STANDARD.encode(body));
        self.0["isBase64Encoded"] = json!(true);
        self
    }

    /// The field `name` of the event itself.
    pub(super) fn field(mut self, name: &str, value: Value) -> Self {
        self.0[name] = value;
        self
    }

    fn is_alb(&self) -> bool {
        self.0["requestContext"].get("elb").is_some()
    }
}

pub(super) fn function(app: &Router) -> Function<Router> {
    Function::new(app.clone())
}

pub(super) fn streaming(app: &Router) -> Function<Router> {
    function(app).invoke_mode(InvokeMode::ResponseStream)
}

/// The envelope that the function returns.
pub(super) async fn envelope(app: &Router, event: Event) -> Value {
    match function(app).invoke(&event.0.to_string(), LEFT).await {
        Ok(Answer::Buffered(envelope)) => serde_json::from_str(envelope.as_str()).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// What the front would send to the client.
pub(super) async fn invoke(app: &Router, event: Event) -> fixture::Answer {
    unwrap(&envelope(app, event).await)
}

fn unwrap(envelope: &Value) -> fixture::Answer {
    let status = u16::try_from(envelope["statusCode"].as_u64().unwrap()).unwrap();
    let mut headers = HeaderMap::new();
    let mut add = |name: &str, value: &Value| {
        let value = HeaderValue::from_str(value.as_str().unwrap()).unwrap();
        headers.append(HeaderName::try_from(name).unwrap(), value);
    };
    for (name, value) in envelope["headers"].as_object().into_iter().flatten() {
        add(name, value);
    }
    let multiple = envelope["multiValueHeaders"].as_object();
    for (name, values) in multiple.into_iter().flatten() {
        for value in values.as_array().unwrap() {
            add(name, value);
        }
    }
    for cookie in envelope["cookies"].as_array().into_iter().flatten() {
        add("set-cookie", cookie);
    }
    let text = envelope["body"].as_str().unwrap();
    let text = match envelope["isBase64Encoded"].as_bool().unwrap() {
        true => String::from_utf8(STANDARD.decode(text).unwrap()).unwrap(),
        false => text.to_owned(),
    };
    fixture::Answer {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        text,
    }
}
