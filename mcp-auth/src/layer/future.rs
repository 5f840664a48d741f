use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::response::Refusals;
use crate::verify::AuthenticateError;

/// Ends with the request as the inner service may see it.
pub(super) type Authenticated<B> =
    Pin<Box<dyn Future<Output = Result<Request<B>, AuthenticateError>> + Send>>;

pin_project! {
    /// The future of [`AuthService`](super::AuthService). Nothing is boxed for a request whose
    /// credential is recognised.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, B>
    where
        S: Service<Request<B>>,
    {
        Authenticating {
            authenticated: Authenticated<B>,
            inner: S,
            refusals: Arc<Refusals>,
        },
        Admitted {
            #[pin]
            response: S::Future,
        },
    }
}

impl<S: Service<Request<B>>, B> ResponseFuture<S, B> {
    pub(super) fn admitted(response: S::Future) -> Self {
        Self {
            state: State::Admitted { response },
        }
    }

    pub(super) fn authenticating(
        authenticated: Authenticated<B>,
        inner: S,
        refusals: Arc<Refusals>,
    ) -> Self {
        Self {
            state: State::Authenticating {
                authenticated,
                inner,
                refusals,
            },
        }
    }
}

impl<S, B, R> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: HttpBody<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
{
    type Output = Result<Response<Body>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let response = match state.as_mut().project() {
                StateProjection::Admitted { response } => {
                    // A body that is axum's already is moved, not wrapped.
                    let response = ready!(response.poll(cx))?;
                    return Poll::Ready(Ok(response.map(Body::new)));
                }
                StateProjection::Authenticating {
                    authenticated,
                    inner,
                    refusals,
                } => match ready!(authenticated.as_mut().poll(cx)) {
                    Ok(request) => inner.call(request),
                    Err(error) => return Poll::Ready(Ok(refusals.answer(&error))),
                },
            };
            state.set(State::Admitted { response });
        }
    }
}
