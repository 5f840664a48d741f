//! A session of Streamable HTTP as far as its stream goes: a handshake, then a `GET`.

use std::{
    convert::Infallible,
    sync::atomic::{AtomicU64, Ordering},
};

use axum::{
    Json, Router,
    http::StatusCode,
    response::{IntoResponse, Response, Sse, sse::Event},
    routing::post,
};
use futures_util::{Stream, stream};
use serde::Deserialize;
use serde_json::json;

use crate::server::App;

#[derive(Deserialize)]
struct Message {
    id: Option<u64>,
}

pub(crate) fn sessions() -> App {
    App::new(Router::new().route("/mcp", post(receive).get(open)))
}

async fn receive(Json(message): Json<Message>) -> Response {
    static SESSIONS: AtomicU64 = AtomicU64::new(0);
    let Some(id) = message.id else {
        return StatusCode::ACCEPTED.into_response();
    };
    let session = SESSIONS.fetch_add(1, Ordering::Relaxed).to_string();
    let result = json!({
        "protocolVersion": "2025-06-18",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "bench", "version": "1"}
    });
    let initialized = Json(json!({"jsonrpc": "2.0", "id": id, "result": result}));
    ([("mcp-session-id", session)], initialized).into_response()
}

async fn open() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    Sse::new(stream::pending()).keep_alive(Default::default())
}
