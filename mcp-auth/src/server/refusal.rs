//! What an operator learns of a request that is refused.

use std::error::Error;

use axum::response::Response;

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

/// Notes that somebody used a `token` ("code" or "refresh_token") which had been used before: two
/// parties hold it, and one of them has stolen it.
pub(crate) fn replayed(token: &'static str, consequence: &'static str) {
    tracing::warn!(token, "used a second time: {consequence}");
    #[cfg(feature = "metrics")]
    metrics::counter!("portcullis_replays_total", "token" => token).increment(1);
}
