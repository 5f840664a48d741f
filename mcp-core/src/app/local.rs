//! What is for this machine is not answered to another, whatever address it was bound to.

use std::{
    net::SocketAddr,
    sync::{Arc, Once},
};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    http::StatusCode,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};

/// Refuses callers on other machines. Where nothing says who connects, everybody passes, and one warning
/// says so.
pub(super) fn only_this_machine(router: Router) -> Router {
    let warned = Arc::new(Once::new());
    router.layer(from_fn_with_state(warned, refuse_others))
}

async fn refuse_others(State(warned): State<Arc<Once>>, request: Request, next: Next) -> Response {
    match request.extensions().get::<ConnectInfo<SocketAddr>>() {
        Some(peer) if peer.0.ip().to_canonical().is_loopback() => {}
        Some(_) => return refusal(),
        None => warned.call_once(|| {
            tracing::warn!(
                "this app is for its own machine, and cannot see who connects: serve it by \
                 `portcullis::serve`, or with `into_make_service_with_connect_info::<SocketAddr>()`"
            );
        }),
    }
    next.run(request).await
}

fn refusal() -> Response {
    tracing::debug!("refused another machine: this app is for its own");
    let sentence = "this server lets everybody in, or signs in a user whose password everybody \
                    knows, so it is for its own machine; bind it to 127.0.0.1";
    (StatusCode::FORBIDDEN, sentence).into_response()
}
