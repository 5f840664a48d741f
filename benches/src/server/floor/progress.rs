//! A call that says how far it has come before it answers: axum's event stream, every frame ready.

use axum::{
    Json, Router,
    response::{Sse, sse::Event},
    routing::post,
};
use futures_util::{Stream, stream};
use serde::Serialize;

use super::rpc::{Request, Response};
use crate::{server::App, tools::Import};

pub(crate) fn progress() -> App {
    App::new(Router::new().route("/mcp", post(import)))
}

#[derive(Serialize)]
struct Notification<'a> {
    jsonrpc: &'static str,
    method: &'static str,
    params: Report<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    progress_token: &'a str,
    progress: f64,
    total: f64,
    message: String,
}

async fn import(
    Json(request): Json<Request<Import>>,
) -> Sse<impl Stream<Item = Result<Event, axum::Error>>> {
    let files = request.params.arguments.files;
    let token = request.params.meta.and_then(|meta| meta.token);
    let token = token.unwrap_or_default();
    let reports = (1..=files).map(move |file| report(&token, file, files));
    let last = std::iter::once_with(move || {
        event(&Response::modern(request.id, format!("{files} imported")))
    });
    Sse::new(stream::iter(reports.chain(last)))
}

fn report(token: &str, file: u32, of: u32) -> Result<Event, axum::Error> {
    event(&Notification {
        jsonrpc: "2.0",
        method: "notifications/progress",
        params: Report {
            progress_token: token,
            progress: file.into(),
            total: of.into(),
            message: format!("imported file {file}"),
        },
    })
}

fn event(message: &impl Serialize) -> Result<Event, axum::Error> {
    Event::default().event("message").json_data(message)
}
