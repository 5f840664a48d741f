//! What is for this machine is not answered to another, whatever address it was bound to.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    net::SocketAddr,
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
    pub(super) local_only: bool,
}

#[derive(Clone)]
pub(super) struct LocalService<S> {
    inner: S,
    local_only: bool,
}

impl<S> Layer<S> for Local {
    type Service = LocalService<S>;

    fn layer(&self, inner: S) -> LocalService<S> {
        LocalService {
            inner,
            local_only: self.local_only,
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
        if self.local_only && is_from_elsewhere(&request) {
            return Either::Right(ready(Ok(refusal())));
        }
        Either::Left(self.inner.call(request))
    }
}

/// A request without a peer's address came through no socket.
fn is_from_elsewhere(request: &Request) -> bool {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.is_some_and(|peer| !peer.0.ip().to_canonical().is_loopback())
}

fn refusal() -> Response<Body> {
    tracing::debug!("refused another machine: this app is for its own");
    let sentence = "this server lets everybody in, or signs in a user whose password everybody \
                    knows, so it is for its own machine; bind it to 127.0.0.1";
    (StatusCode::FORBIDDEN, sentence).into_response()
}
