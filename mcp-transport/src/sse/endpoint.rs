//! The transport as an author configures it, and what all of its sessions share.

use std::{fmt, sync::Arc};

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
    routing::any,
};
use http::Extensions;

use super::{limits::SseLimits, queue::Bounds, session::Session};
use crate::{
    Call, CountKey, Handler, Limits, OwnerKey, PeerUse, Policy, Shutdown,
    dispatch::SharedPeers,
    replica::{Naming, Replica},
    session::{FindHolder, Table},
};

/// The two routes of the HTTP+SSE transport (revision 2024-11-05).
///
/// For clients that speak nothing newer. Everybody else should be served by
/// [`StreamableHttp`](crate::StreamableHttp), which keeps no state.
///
/// ```
/// use portcullis_transport::{LegacySse, Stock};
/// use rmcp::ServerHandler;
///
/// struct MyServer;
/// impl ServerHandler for MyServer {}
///
/// let sse: axum::Router = LegacySse::new(Stock(MyServer)).into_router("/sse", "/messages/");
/// ```
pub struct LegacySse<H> {
    handler: H,
    policy: Option<Box<dyn Policy>>,
    find_holder: FindHolder,
    limits: Limits,
    sse_limits: SseLimits,
    shutdown: Option<Shutdown>,
    naming: Naming,
}

impl<H: Handler> LegacySse<H> {
    /// A transport that lets every call pass and whose sessions belong to whoever knows their id,
    /// within the default bounds.
    pub fn new(handler: H) -> Self {
        Self {
            handler,
            policy: None,
            find_holder: FindHolder::default(),
            limits: Limits::default(),
            sse_limits: SseLimits::default(),
            shutdown: None,
            naming: Naming::default(),
        }
    }

    /// Asks `policy` before every call. A refusal is the answer of the `POST` itself. Default: every
    /// call passes.
    #[must_use]
    pub fn policy(mut self, policy: impl Policy) -> Self {
        self.policy = Some(Box::new(policy));
        self
    }

    /// Binds every session to the caller who opened its stream: messages of anybody else are
    /// answered with 404, as if there were no such session. Default: no owners.
    #[must_use]
    pub fn owner(
        mut self,
        owner: impl Fn(&Extensions) -> Option<OwnerKey> + Send + Sync + 'static,
    ) -> Self {
        self.find_holder.owner = Some(Box::new(owner));
        self
    }

    /// Says whose bounds a request counts towards, where that is not the owner: for example the user,
    /// whichever client acts for them. Open sessions are counted by it. Default: the [owner](Self::owner).
    #[must_use]
    pub fn counted_by(
        mut self,
        key: impl Fn(&Extensions) -> Option<CountKey> + Send + Sync + 'static,
    ) -> Self {
        self.find_holder.counted = Some(Box::new(key));
        self
    }

    /// Bounds what a request may cost.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Bounds the sessions.
    #[must_use]
    pub fn sse_limits(mut self, limits: SseLimits) -> Self {
        self.sse_limits = limits;
        self
    }

    /// Ends the streams when the server shuts down, each as soon as its running calls are answered.
    /// Default: the server cuts them off at the end of its grace period.
    #[must_use]
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = Some(shutdown);
        self
    }

    /// Lets session ids carry the replica's name, so that other replicas know whose they are.
    #[must_use]
    pub fn replica(mut self, replica: &Replica) -> Self {
        self.naming = Naming::of(replica.name().clone());
        self
    }

    /// The transport as a router with two routes: `stream` for `GET`, with and without a slash at its
    /// end, and `messages` for `POST`.
    ///
    /// Both are paths as clients see them, so do not nest the router under a prefix: `messages` is
    /// what a client is told to post to. Guards and authentication must cover both routes; a layer
    /// on the router does.
    ///
    /// # Panics
    ///
    /// As [`Router::route`] does, for paths that it does not understand, and for two equal ones.
    pub fn into_router(self, stream: &str, messages: &str) -> Router {
        let endpoint = Arc::new(Endpoint {
            bounds: Bounds {
                events: self.limits.stream_queue,
                bytes: self.sse_limits.queue_bytes,
                slow_reader: self.sse_limits.slow_reader,
            },
            handler: self.handler,
            policy: self.policy,
            find_holder: self.find_holder,
            limits: self.limits,
            messages: messages.into(),
            peers: SharedPeers::new(),
            table: Arc::new(Table::new(self.sse_limits)),
            shutdown: self.shutdown,
            naming: self.naming,
        });
        let sender = endpoint.clone();
        let open = any(move |request: Request| async move { either(endpoint.open(request).await) });
        let with_slash = format!("{stream}/");
        // A path may have a segment that starts with `:`; it is text here, not a pattern.
        let mut router = Router::new().without_v07_checks();
        if !stream.ends_with('/') && with_slash != messages {
            router = router.route(&with_slash, open.clone());
        }
        router.route(stream, open).route(
            messages,
            any(move |request: Request| async move { either(sender.receive(request).await) }),
        )
    }
}

fn either(outcome: Result<Response, Response>) -> Response {
    outcome.into_response()
}

impl<H> fmt::Debug for LegacySse<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LegacySse")
            .field("limits", &self.limits)
            .field("sse_limits", &self.sse_limits)
            .finish_non_exhaustive()
    }
}

/// What all sessions share.
pub(super) struct Endpoint<H> {
    pub(super) handler: H,
    pub(super) policy: Option<Box<dyn Policy>>,
    pub(super) find_holder: FindHolder,
    pub(super) limits: Limits,
    pub(super) bounds: Bounds,
    /// Where clients post to.
    pub(super) messages: Box<str>,
    pub(super) peers: SharedPeers,
    pub(super) table: Arc<Table<Session>>,
    pub(super) shutdown: Option<Shutdown>,
    pub(super) naming: Naming,
}

impl<H: Handler> Endpoint<H> {
    /// Whether the handler may say something before it answers `call`.
    pub(super) fn speaks(&self, call: &Call<'_>) -> bool {
        self.handler.peer_use(call) != PeerUse::None
    }
}
