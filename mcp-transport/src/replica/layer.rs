//! The layer around an app: whose session is it?

use std::{
    collections::HashSet,
    convert::Infallible,
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use axum::body::Body;
use futures_util::{FutureExt, future::BoxFuture};
use http::{Request, Response, StatusCode, uri::Authority};
use tower_layer::Layer;
use tower_service::Service;

use super::{
    Replica, ReplicaName,
    forward::{FORWARDED, Forwarder, NotForwarded},
    locate::Whereabouts,
};
use rmcp::ErrorData;

use crate::{
    MixedRevisions,
    exchange::{
        reply::{refuse_for_now, refuse_request},
        version::names_modern,
    },
    session::{SESSION_ID, SESSION_PARAMETER},
};

/// Passes requests for sessions of other replicas on to them; made by [`Replica::layer`].
#[derive(Clone)]
pub struct ReplicaLayer {
    replica: Replica,
    /// Where requests of sessions arrive. Nothing else is passed on, whatever its headers say.
    paths: Arc<HashSet<String>>,
    forwarder: Forwarder,
    mixed_revisions: MixedRevisions,
}

impl ReplicaLayer {
    pub(super) fn new(replica: Replica, paths: HashSet<String>) -> Self {
        Self {
            replica,
            paths: Arc::new(paths),
            forwarder: Forwarder::new(),
            mixed_revisions: MixedRevisions::default(),
        }
    }

    /// What the endpoints behind the layer do with mixed revisions
    /// ([`StreamableHttp::mixed_revisions`](crate::StreamableHttp::mixed_revisions)). Where the body
    /// counts, a request whose header names 2026-07-28 may be of a session, and is passed on as well.
    /// Default: they are refused.
    #[must_use]
    pub fn mixed_revisions(mut self, mixed: MixedRevisions) -> Self {
        self.mixed_revisions = mixed;
        self
    }

    /// The other replica whose session a request names.
    fn elsewhere(&self, request: &Request<Body>) -> Option<ReplicaName> {
        let has_sessions = self.paths.contains(request.uri().path());
        if !has_sessions || request.headers().contains_key(FORWARDED) {
            return None;
        }
        let named = self.named_replica(request)?;
        (named != *self.replica.name()).then_some(named)
    }

    /// The replica that is named by the session's id, in the header or in the query of HTTP+SSE.
    /// 2026-07-28 has no sessions, so what a client of it says in the header means nothing; but only the
    /// body says for sure whose client it is.
    fn named_replica(&self, request: &Request<Body>) -> Option<ReplicaName> {
        let headers = request.headers();
        let may_be_of_session =
            self.mixed_revisions == MixedRevisions::FollowBody || !names_modern(headers);
        if let Some(id) = headers.get(&SESSION_ID)
            && may_be_of_session
        {
            return ReplicaName::of_session(id.to_str().ok()?);
        }
        let query = request.uri().query()?.as_bytes();
        url::form_urlencoded::parse(query)
            .find(|(name, _)| name == SESSION_PARAMETER)
            .and_then(|(_, id)| ReplicaName::of_session(&id))
    }
}

impl<S> Layer<S> for ReplicaLayer {
    type Service = ReplicaService<S>;

    fn layer(&self, inner: S) -> ReplicaService<S> {
        ReplicaService {
            layer: self.clone(),
            inner,
        }
    }
}

/// The service of [`ReplicaLayer`].
#[derive(Debug, Clone)]
pub struct ReplicaService<S> {
    layer: ReplicaLayer,
    inner: S,
}

impl<S> Service<Request<Body>> for ReplicaService<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Some(owner) = self.layer.elsewhere(&request) else {
            return self.inner.call(request).boxed();
        };
        let layer = self.layer.clone();
        // The one that is ready goes into the future.
        let later = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, later);
        async move {
            match layer.replica.locate(&owner).await {
                Whereabouts::At(address) => Ok(layer.pass_on(request, address).await),
                // The checks come first, and then nobody here knows such a session.
                Whereabouts::Nowhere => inner.call(request).await,
                Whereabouts::Unknown => Ok(try_later(
                    "the session's replica cannot be found now; try again later",
                )),
            }
        }
        .boxed()
    }
}

impl ReplicaLayer {
    async fn pass_on(&self, request: Request<Body>, to: Authority) -> Response<Body> {
        let error = match self.forwarder.forward(request, to).await {
            Ok(response) => return response,
            Err(error) => error,
        };
        tracing::debug!(
            error = error.to_string(),
            "a request could not be passed on"
        );
        match error {
            _ if error.is_gone() => refuse_request(
                StatusCode::NOT_FOUND,
                "the session has ended; initialize again, without Mcp-Session-Id",
            ),
            NotForwarded::Busy => {
                try_later("this server passes on as many requests as it may; try again later")
            }
            NotForwarded::Unreachable(cause) if cause.is_connect() => {
                try_later("the session's replica cannot be reached now; try again later")
            }
            NotForwarded::Late(_) => refuse_request(
                StatusCode::GATEWAY_TIMEOUT,
                "the session's replica has not answered in time",
            ),
            NotForwarded::Unreachable(_) | NotForwarded::Uri(_) => refuse_request(
                StatusCode::BAD_GATEWAY,
                "the session's replica did not answer",
            ),
        }
    }
}

fn try_later(sentence: &'static str) -> Response<Body> {
    let error = ErrorData::internal_error(sentence, None);
    refuse_for_now(StatusCode::SERVICE_UNAVAILABLE, None, &error)
}

impl fmt::Debug for ReplicaLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplicaLayer")
            .field("replica", &self.replica)
            .finish_non_exhaustive()
    }
}
