//! HTTP+SSE of 2024-11-05: a stream, and messages that are posted beside it.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{Sse, sse::Event},
    routing::{get, post},
};
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use tokio::sync::mpsc;

use super::rpc::{Request, Response};
use crate::{
    server::App,
    tools::{Arguments, Say},
};

#[derive(Clone, Default)]
struct Sessions(Arc<Mutex<Queues>>);

#[derive(Default)]
struct Queues {
    opened: u64,
    of: HashMap<u64, mpsc::Sender<Response>>,
}

#[derive(Deserialize)]
struct Session {
    session: u64,
}

pub(crate) fn sse() -> App {
    let routes = Router::new()
        .route("/mcp", get(open))
        .route("/messages", post(call));
    App::new(routes.with_state(Sessions::default()))
}

async fn open(
    State(sessions): State<Sessions>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (queue, answers) = mpsc::channel(32);
    let mut queues = sessions.0.lock().unwrap_or_else(PoisonError::into_inner);
    queues.opened += 1;
    let id = queues.opened;
    queues.of.insert(id, queue);
    let endpoint = Event::default()
        .event("endpoint")
        .data(format!("/messages?session={id}"));
    let answers = stream::unfold(answers, async |mut answers| {
        let answer: Response = answers.recv().await?;
        let json = serde_json::to_string(&answer).unwrap_or_default();
        Some((Event::default().event("message").data(json), answers))
    });
    Sse::new(stream::iter([endpoint]).chain(answers).map(Ok)).keep_alive(Default::default())
}

async fn call(
    State(sessions): State<Sessions>,
    Query(of): Query<Session>,
    Json(request): Json<Request<Say>>,
) -> StatusCode {
    let queue = {
        let queues = sessions.0.lock().unwrap_or_else(PoisonError::into_inner);
        queues.of.get(&of.session).cloned()
    };
    let Some(queue) = queue else {
        return StatusCode::NOT_FOUND;
    };
    let text = request.params.arguments.answer();
    match queue.send(Response::legacy(request.id, text)).await {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::NOT_FOUND,
    }
}
