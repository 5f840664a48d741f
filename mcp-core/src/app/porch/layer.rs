use std::{
    convert::Infallible,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use axum::{
    Json,
    body::Body,
    extract::Request,
    http::{HeaderValue, Response, StatusCode},
    response::IntoResponse,
};
use futures_util::{FutureExt, future::CatchUnwind};
use pin_project_lite::pin_project;
use portcullis_auth::{LogLimit, SystemClock};
use tower_layer::Layer;
use tower_service::Service;
use tracing::{Span, field};

use super::{
    REQUEST_SECRETS, RESPONSE_SECRETS, body, conceal,
    request_id::{REQUEST_ID, RequestIds},
};

/// Whatever fails says itself why.
type Failures = LogLimit<StatusCode>;

#[derive(Clone)]
pub(super) struct PorchLayer {
    ids: RequestIds,
    failures: Arc<Failures>,
}

impl PorchLayer {
    pub(super) fn new(ids: RequestIds) -> Self {
        Self {
            ids,
            failures: Arc::new(LogLimit::new(Arc::new(SystemClock))),
        }
    }
}

#[derive(Clone)]
pub(super) struct Porch<S> {
    inner: S,
    ids: RequestIds,
    failures: Arc<Failures>,
}

impl<S> Layer<S> for PorchLayer {
    type Service = Porch<S>;

    fn layer(&self, inner: S) -> Porch<S> {
        Porch {
            inner,
            ids: self.ids.clone(),
            failures: self.failures.clone(),
        }
    }
}

impl<S> Service<Request> for Porch<S>
where
    S: Service<Request, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = PorchFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let id = self.ids.identify(request.headers_mut());
        conceal(request.headers_mut(), &REQUEST_SECRETS);
        let span = span(&request, id.as_ref());
        let started = (!span.is_disabled()).then(Instant::now);
        let running = span.in_scope(|| {
            tracing::debug!("started processing request");
            catch_unwind(AssertUnwindSafe(|| self.inner.call(request)))
        });
        PorchFuture {
            running: running
                .ok()
                .map(|future| AssertUnwindSafe(future).catch_unwind()),
            id,
            span,
            started,
            failures: self.failures.clone(),
        }
    }
}

/// The path without the query: that holds codes and states.
fn span(request: &Request, id: Option<&HeaderValue>) -> Span {
    tracing::debug_span!(
        "request",
        method = %request.method(),
        path = request.uri().path(),
        id = id.map(field::debug),
    )
}

pin_project! {
    pub(super) struct PorchFuture<F> {
        // `None`: it panicked before there was a future.
        #[pin]
        running: Option<CatchUnwind<AssertUnwindSafe<F>>>,
        id: Option<HeaderValue>,
        span: Span,
        started: Option<Instant>,
        failures: Arc<Failures>,
    }
}

impl<F> Future for PorchFuture<F>
where
    F: Future<Output = Result<Response<Body>, Infallible>>,
{
    type Output = Result<Response<Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let entered = this.span.enter();
        let Ok(mut response) = match this.running.as_pin_mut() {
            Some(running) => ready!(running.poll(cx)).unwrap_or_else(|_panic| Ok(panicked())),
            None => Ok(panicked()),
        };
        log(response.status(), *this.started, this.failures);
        drop(entered);

        conceal(response.headers_mut(), &RESPONSE_SECRETS);
        if let Some(id) = this.id.take() {
            response.headers_mut().entry(&REQUEST_ID).or_insert(id);
        }
        Poll::Ready(Ok(response.map(|body| body::within(this.span, body))))
    }
}

/// The panic's message is on stderr; it is not for the client.
fn panicked() -> Response<Body> {
    tracing::error!("a handler panicked");
    let body = Json(serde_json::json!({ "error": "server_error" }));
    (StatusCode::INTERNAL_SERVER_ERROR, body).into_response()
}

fn log(status: StatusCode, started: Option<Instant>, failures: &Failures) {
    let latency = started.map(|started| field::debug(started.elapsed()));
    let status_code = status.as_u16();
    tracing::debug!(status = status_code, latency, "finished processing request");
    if !status.is_server_error() {
        return;
    }
    let Some(unlogged) = failures.note(status) else {
        return;
    };
    // 503 is no fault of a program: something behind it is away, and the client comes again.
    if status == StatusCode::SERVICE_UNAVAILABLE {
        tracing::warn!(status = status_code, latency, unlogged, "response failed");
    } else {
        tracing::error!(status = status_code, latency, unlogged, "response failed");
    }
}
