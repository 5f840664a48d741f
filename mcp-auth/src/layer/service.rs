use std::{
    sync::Arc,
    task::{Context, Poll},
};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::{Request, Response, header::AUTHORIZATION};
use tower_service::Service;

use super::{
    future::{Authenticated, ResponseFuture},
    response::Refusals,
};
use crate::{principal::Principal, verify::DynAuthenticator};

/// The service that [`AuthLayer`](super::AuthLayer) makes.
#[derive(Clone)]
pub struct AuthService<S> {
    inner: S,
    /// None lets everybody in.
    authenticator: Option<Arc<dyn DynAuthenticator>>,
    refusals: Arc<Refusals>,
}

impl<S> AuthService<S> {
    pub(super) fn new(
        inner: S,
        authenticator: Option<Arc<dyn DynAuthenticator>>,
        refusals: Arc<Refusals>,
    ) -> Self {
        Self {
            inner,
            authenticator,
            refusals,
        }
    }
}

impl<S, B, R> Service<Request<B>> for AuthService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    B: Send + 'static,
    R: HttpBody<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let Some(authenticator) = &self.authenticator else {
            request.headers_mut().remove(AUTHORIZATION);
            return ResponseFuture::admitted(self.inner.call(request));
        };
        if let Some(principal) = authenticator.recall(request.headers()) {
            return ResponseFuture::admitted(self.inner.call(admit(request, principal)));
        }

        let authenticator = authenticator.clone();
        let authenticated: Authenticated<B> = Box::pin(async move {
            let principal = authenticator.authenticate(request.headers()).await?;
            Ok(admit(request, principal))
        });
        // The clone stays; the service that `poll_ready` made ready is the one to call.
        let clone = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, clone);
        ResponseFuture::authenticating(authenticated, ready, self.refusals.clone())
    }
}

/// The request as the inner service sees it: with its caller and without the credential.
fn admit<B>(mut request: Request<B>, principal: Arc<Principal>) -> Request<B> {
    request.headers_mut().remove(AUTHORIZATION);
    request.extensions_mut().insert(principal);
    request
}
