use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::body::Body;
use http::{HeaderValue, Request, Response, header};
use pin_project_lite::pin_project;
use tower_http::cors::{self, Cors, CorsLayer};
use tower_layer::Layer;
use tower_service::Service;

use super::rules::{Admitted, Rules};

/// The layer that [`Guard::build`](super::Guard::build) makes.
#[derive(Debug, Clone)]
pub struct GuardLayer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    rules: Rules,
    cors: CorsLayer,
}

impl GuardLayer {
    pub(super) fn new(rules: Rules, cors: CorsLayer) -> Self {
        Self(Arc::new(Shared { rules, cors }))
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = GuardService<S>;

    fn layer(&self, inner: S) -> GuardService<S> {
        GuardService {
            shared: self.0.clone(),
            inner,
        }
    }
}

/// A service behind a [`GuardLayer`].
#[derive(Debug, Clone)]
pub struct GuardService<S> {
    shared: Arc<Shared>,
    inner: S,
}

impl<S, B> Service<Request<B>> for GuardService<S>
where
    S: Service<Request<B>, Response = Response<Body>> + Clone,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = GuardFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let state = match self.shared.rules.check(&request) {
            Ok(Admitted::NoOrigin) => State::Plain {
                future: self.inner.call(request),
            },
            Ok(Admitted::AllowedOrigin) => {
                // The service that is ready is the one to call; its clone may not be.
                let next = self.inner.clone();
                let ready = std::mem::replace(&mut self.inner, next);
                let mut cors: Cors<S> = self.shared.cors.layer(ready);
                State::Cors {
                    future: cors.call(request),
                }
            }
            Err(refusal) => State::Refused {
                response: Some(refusal.into_response()),
            },
        };
        GuardFuture { state }
    }
}

pin_project! {
    /// The response of a [`GuardService`].
    pub struct GuardFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        Plain {
            #[pin]
            future: F,
        },
        Cors {
            #[pin]
            future: cors::ResponseFuture<F>,
        },
        Refused {
            response: Option<Response<Body>>,
        },
    }
}

impl<F, E> Future for GuardFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Plain { future } => {
                let mut response = ready!(future.poll(cx))?;
                // A cache must not give a response without CORS headers to a page.
                response
                    .headers_mut()
                    .append(header::VARY, HeaderValue::from_static("origin"));
                Poll::Ready(Ok(response))
            }
            StateProjection::Cors { future } => future.poll(cx),
            StateProjection::Refused { response } => match response.take() {
                Some(response) => Poll::Ready(Ok(response)),
                None => Poll::Pending,
            },
        }
    }
}

impl<F> std::fmt::Debug for GuardFuture<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuardFuture").finish_non_exhaustive()
    }
}
