//! Streams that are told what somebody announces: a broadcast channel and axum's event stream.

use std::convert::Infallible;

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response, Sse, sse::Event},
    routing::post,
};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast;

use super::rpc;
use crate::server::App;

type Board = broadcast::Sender<()>;

#[derive(Deserialize)]
struct Request {
    id: u64,
    method: String,
}

pub(crate) fn board() -> App {
    let routes = Router::new().route("/mcp", post(receive));
    App::new(routes.with_state(Board::new(1024)))
}

async fn receive(State(board): State<Board>, Json(request): Json<Request>) -> Response {
    if request.method == "subscriptions/listen" {
        return listen(&board, request.id);
    }
    // Nobody may be listening, which is no error.
    let _ = board.send(());
    Json(rpc::Response::modern(request.id, "announced".to_owned())).into_response()
}

fn listen(board: &Board, id: u64) -> Response {
    let acknowledged = tell("notifications/subscriptions/acknowledged", id);
    let heard = stream::unfold(board.subscribe(), move |mut heard| async move {
        heard.recv().await.ok()?;
        Some((tell("notifications/tools/list_changed", id), heard))
    });
    let events = stream::iter([acknowledged]).chain(heard);
    Sse::new(events.map(Ok::<_, Infallible>))
        .keep_alive(Default::default())
        .into_response()
}

fn tell(method: &str, subscription: u64) -> Event {
    let json = json!({
        "jsonrpc": "2.0",
        "method": method,
        "params": {"_meta": {"io.modelcontextprotocol/subscriptionId": subscription}}
    });
    Event::default().event("message").data(json.to_string())
}
