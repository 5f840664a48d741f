//! What an operator learns of a request that is refused.

use std::{error::Error, sync::Arc};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use super::Server;

/// Notes why a request gets this answer, and hands the answer on. A reason is made of fixed words:
/// nothing of the request, and no secret.
pub(crate) fn refused(reason: &dyn Error, answer: Response) -> Response {
    let status = answer.status();
    tracing::debug!(
        status = status.as_u16(),
        reason = reason.to_string(),
        "the authorization server refused a request"
    );
    #[cfg(feature = "metrics")]
    metrics::counter!(
        "portcullis_refusals_total",
        "layer" => "authorization_server",
        "status" => status.as_str().to_owned(),
    )
    .increment(1);
    answer
}

/// What failed behind an answer, and why.
#[derive(Clone)]
struct Failure {
    what: &'static str,
    reason: String,
}

/// As [`refused`], for a request that is in order: `what` failed is told to the operator, too, by
/// [`log_failures`].
pub(crate) fn failed(what: &'static str, reason: &dyn Error, mut answer: Response) -> Response {
    answer.extensions_mut().insert(Failure {
        what,
        reason: reason.to_string(),
    });
    refused(reason, answer)
}

/// Logs what [`failed`].
pub(crate) async fn log_failures(
    State(server): State<Arc<Server>>,
    request: Request,
    next: Next,
) -> Response {
    let mut answer = next.run(request).await;
    if let Some(Failure { what, reason }) = answer.extensions_mut().remove() {
        server.log_failure(what, reason);
    }
    answer
}

impl Server {
    /// Says what failed and why: once in ten seconds, since anybody can ask in vain while the store is away.
    pub(crate) fn log_failure(&self, what: &'static str, reason: String) {
        if let Some(unlogged) = self.log_limit.note(what) {
            tracing::error!(error = reason, unlogged, "{what}");
        }
    }

    /// Notes that somebody used a `token` ("code" or "refresh_token") which had been used before: two
    /// parties hold it, and one of them has stolen it.
    pub(crate) fn replayed(&self, token: &'static str, consequence: &'static str) {
        if let Some(unlogged) = self.log_limit.note(token) {
            tracing::warn!(token, unlogged, "used a second time: {consequence}");
        }
        #[cfg(feature = "metrics")]
        metrics::counter!("portcullis_replays_total", "token" => token).increment(1);
    }
}
