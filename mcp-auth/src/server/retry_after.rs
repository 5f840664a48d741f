use std::time::Duration;

use axum::response::Response;
use http::{HeaderValue, header::RETRY_AFTER};

/// Tells when to come again (RFC 9110 §10.2.3), in whole seconds and not too early.
pub(crate) fn retry_after(after: Duration, mut answer: Response) -> Response {
    let begun = u64::from(after.subsec_nanos() > 0);
    let seconds = HeaderValue::from((after.as_secs() + begun).max(1));
    answer.headers_mut().insert(RETRY_AFTER, seconds);
    answer
}
