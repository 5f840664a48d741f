use std::convert::Infallible;

use axum::body::Body;
use http::{Request, Response};
use tower_service::Service;

/// What answers the requests of all connections: an axum router, or a service like one.
pub(super) trait Application:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + 'static
{
}

impl<S> Application for S where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static
{
}
