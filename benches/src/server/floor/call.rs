//! `tools/call`, answered with JSON.

use axum::{Json, Router, routing::post};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::rpc::{Request, Response};
use crate::{server::App, tools::Arguments};

/// As long as a token of the authorization server, so that the header costs the same.
pub(crate) const BEARER: &str = concat!(
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImRlbW8tMSIsInR5cCI6ImF0K2p3dCJ9.",
    "eyJpc3MiOiJodHRwOi8vbG9jYWxob3N0OjgwODAiLCJzdWIiOiI1ZTk4ZjYzYS0xYzJkLTRlM2YtOGE5Yi0wYzFkMmUzZjRhNWIiLCJhdWQi",
    "OiJodHRwOi8vbG9jYWxob3N0OjgwODAvbWNwIiwiY2xpZW50X2lkIjoiYmVuY2giLCJleHAiOjE4OTAwMDAwMDAsImlhdCI6MTg5MDAwMDAwM",
    "CwianRpIjoiYWJjZGVmZ2hpamtsbW5vcCIsInNjb3BlIjoiZWNobzp1c2UiLCJzaWQiOiJhYmNkZWZnaGlqa2xtbm9wcXJzdHV2In0.",
    "c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmUtc2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmUtc2lnbmF0"
);

/// The arguments are decoded into their type.
pub(crate) fn typed<A: Arguments>() -> App {
    App::new(Router::new().route("/mcp", post(call::<Typed<A>>)))
}

/// The arguments are decoded into a map first, as a server must that learns from the message what
/// their type is (rmcp's model does).
pub(crate) fn value<A: Arguments>() -> App {
    App::new(Router::new().route("/mcp", post(call::<Mapped<A>>)))
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Typed<A>(A);

struct Mapped<A>(A);

impl<'de, A: DeserializeOwned> Deserialize<'de> for Mapped<A> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = Map::deserialize(deserializer)?;
        A::deserialize(Value::Object(map))
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

impl<A: Arguments> Arguments for Typed<A> {
    fn answer(self) -> String {
        self.0.answer()
    }
}

impl<A: Arguments> Arguments for Mapped<A> {
    fn answer(self) -> String {
        self.0.answer()
    }
}

async fn call<A: Arguments>(Json(request): Json<Request<A>>) -> Json<Response> {
    let text = request.params.arguments.answer();
    Json(match request.params.meta {
        Some(_) => Response::modern(request.id, text),
        None => Response::legacy(request.id, text),
    })
}
