//! What every request passes first: an id, a trace without secrets, a net for panics, and the
//! checks of `Host` and `Origin`.

use std::{
    any::Any,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
    response::IntoResponse,
};
use portcullis_auth::{Entropy, EntropyError, OsEntropy};
use portcullis_transport::GuardLayer;
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    sensitive_headers::{SetSensitiveRequestHeadersLayer, SetSensitiveResponseHeadersLayer},
    trace::TraceLayer,
};
use tracing::{Span, field};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(super) fn layer(router: Router, guard: GuardLayer) -> Result<Router, EntropyError> {
    let secrets = [
        header::AUTHORIZATION,
        header::COOKIE,
        header::PROXY_AUTHORIZATION,
    ];
    // One tuple, outermost first: axum boxes a request once per `layer`.
    Ok(router.layer((
        SetRequestIdLayer::new(REQUEST_ID, RequestIds::new()?),
        PropagateRequestIdLayer::new(REQUEST_ID),
        SetSensitiveRequestHeadersLayer::new(secrets),
        SetSensitiveResponseHeadersLayer::new([header::SET_COOKIE, header::LOCATION]),
        TraceLayer::new_for_http().make_span_with(span),
        CatchPanicLayer::custom(panicked),
        guard,
    )))
}

/// The path without the query: that holds codes and states.
fn span(request: &Request) -> Span {
    let span = tracing::debug_span!(
        "request",
        method = %request.method(),
        path = request.uri().path(),
        id = field::Empty,
    );
    if let Some(id) = request.headers().get(REQUEST_ID) {
        span.record("id", field::debug(id));
    }
    span
}

/// The panic's message is on stderr; it is not for the client.
fn panicked(_: Box<dyn Any + Send>) -> Response<Body> {
    tracing::error!("a handler panicked");
    let body = axum::Json(serde_json::json!({ "error": "server_error" }));
    (StatusCode::INTERNAL_SERVER_ERROR, body).into_response()
}

/// Ids that are unique in the fleet and cost no system call each: a random prefix and a count.
#[derive(Clone)]
struct RequestIds {
    process: Box<str>,
    next: Arc<AtomicU64>,
}

impl RequestIds {
    fn new() -> Result<Self, EntropyError> {
        let mut process = [0; 8];
        OsEntropy.fill(&mut process)?;
        Ok(Self {
            process: format!("{:016x}-", u64::from_be_bytes(process)).into(),
            next: Arc::default(),
        })
    }
}

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        let id = HeaderValue::try_from([&*self.process, &count.to_string()].concat()).ok()?;
        Some(RequestId::new(id))
    }
}
