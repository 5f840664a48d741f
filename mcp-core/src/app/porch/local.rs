//! What is for this machine is not answered to another, whatever address it was bound to.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    net::SocketAddr,
    sync::{Arc, Once},
    task::{Context, Poll},
};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
    http::{Response, StatusCode},
    response::IntoResponse,
};
use futures_util::future::Either;
use tower_layer::Layer;
use tower_service::Service;

/// Refuses other machines, if the app is `local_only`.
#[derive(Clone)]
pub(super) struct Local {
    local_only: bool,
    /// That nobody says who connects.
    warned: Arc<Once>,
}

#[derive(Clone)]
pub(super) struct LocalService<S> {
    inner: S,
    local: Local,
}

impl Local {
    pub(super) fn new(local_only: bool) -> Self {
        Self {
            local_only,
            warned: Arc::new(Once::new()),
        }
    }

    /// A request without a peer's address passes: what serves the app does not tell it.
    fn refuses(&self, request: &Request) -> bool {
        if !self.local_only {
            return false;
        }
        let Some(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>() else {
            self.warned.call_once(|| {
                tracing::warn!(
                    "this app is for its own machine, and cannot see who connects: serve it by \
                     `portcullis::serve`, or with `into_make_service_with_connect_info::<SocketAddr>()`"
                );
            });
            return false;
        };
        !peer.0.ip().to_canonical().is_loopback()
    }
}

impl<S> Layer<S> for Local {
    type Service = LocalService<S>;

    fn layer(&self, inner: S) -> LocalService<S> {
        LocalService {
            inner,
            local: self.clone(),
        }
    }
}

impl<S> Service<Request> for LocalService<S>
where
    S: Service<Request, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<S::Future, Ready<Result<Response<Body>, Infallible>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if self.local.refuses(&request) {
            return Either::Right(ready(Ok(refusal())));
        }
        Either::Left(self.inner.call(request))
    }
}

fn refusal() -> Response<Body> {
    tracing::debug!("refused another machine: this app is for its own");
    let sentence = "this server lets everybody in, or signs in a user whose password everybody \
                    knows, so it is for its own machine; bind it to 127.0.0.1";
    (StatusCode::FORBIDDEN, sentence).into_response()
}
