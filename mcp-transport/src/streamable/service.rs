//! The tower service, and what it is configured with.

use std::{
    convert::Infallible,
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use axum::body::Body;
use futures_util::{FutureExt, future::BoxFuture};
use http::{Extensions, HeaderMap, Method, Request, Response, StatusCode};
use tokio::sync::Semaphore;
use tower_service::Service;

use super::{
    fixed::FixedTools,
    message::Prepared,
    mixed::MixedRevisions,
    stateful::{Session, Sessions, Stateful, Work},
    subscriptions::Subscriptions,
    version::Versions,
};
use crate::{
    CountKey, Handler, Limits, OwnerKey, Policy,
    dispatch::SharedPeers,
    envelope,
    exchange::{
        body,
        negotiate::{Accepts, check_content},
        reply,
        signature::Signature,
        version::is_modern,
    },
    session::FindHolder,
};

/// One MCP endpoint: Streamable HTTP, without sessions unless they are asked for.
///
/// Mount its service under any path; all methods must reach it, since it answers those it does not
/// know with 405.
///
/// ```
/// use axum::Router;
/// use portcullis_transport::{Stock, StreamableHttp};
/// use rmcp::ServerHandler;
///
/// struct MyServer;
/// impl ServerHandler for MyServer {}
///
/// let mcp = StreamableHttp::new(Stock(MyServer)).into_service();
/// let app: Router = Router::new().route_service("/mcp", mcp);
/// ```
pub struct StreamableHttp<H> {
    handler: H,
    policy: Option<Box<dyn Policy>>,
    find_holder: FindHolder,
    limits: Limits,
    sessions: Option<Sessions>,
    mixed_revisions: MixedRevisions,
}

impl<H: Handler> StreamableHttp<H> {
    /// An endpoint that lets every call pass, within the default [`Limits`].
    ///
    /// The handler's supported protocol versions and its name are read once.
    pub fn new(handler: H) -> Self {
        Self {
            handler,
            policy: None,
            find_holder: FindHolder::default(),
            limits: Limits::default(),
            sessions: None,
            mixed_revisions: MixedRevisions::default(),
        }
    }

    /// Asks `policy` before every call. Default: every call passes.
    #[must_use]
    pub fn policy(mut self, policy: impl Policy) -> Self {
        self.policy = Some(Box::new(policy));
        self
    }

    /// Says whose a request is, from what an authentication layer has put into its extensions.
    ///
    /// Every [session](Self::sessions) is bound to the caller who opened it: requests of anybody else
    /// are answered with 404, as if there were no such session. Default: no owners.
    #[must_use]
    pub fn owner(
        mut self,
        owner: impl Fn(&Extensions) -> Option<OwnerKey> + Send + Sync + 'static,
    ) -> Self {
        self.find_holder.owner = Some(Box::new(owner));
        self
    }

    /// Says whose bounds a request counts towards, where that is not the owner: for example the user,
    /// whichever client acts for them. Open sessions and subscriptions are counted by it. Default: the [owner](Self::owner).
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

    /// Keeps a session for every client that opens with `initialize`, so that it can be asked
    /// something, can listen beside its calls, and can come back for an answer. Clients of
    /// 2026-07-28 have no sessions, and requests that name none are served without one. Default: no
    /// sessions.
    #[must_use]
    pub fn sessions(mut self, sessions: Sessions) -> Self {
        self.sessions = Some(sessions);
        self
    }

    /// What becomes of requests whose header and body name different revisions. Default: they are
    /// [refused](MixedRevisions::Refuse), as the specification wants.
    #[must_use]
    pub fn mixed_revisions(mut self, mixed: MixedRevisions) -> Self {
        self.mixed_revisions = mixed;
        self
    }

    /// The endpoint as a tower service.
    pub fn into_service(self) -> StreamableHttpService<H> {
        let spoken = self.handler.supported_protocol_versions();
        let versions = Versions::new(&spoken, self.mixed_revisions);
        let signature = Signature::new(&self.handler.get_info().server_info);
        StreamableHttpService(Arc::new(Endpoint {
            handler: Arc::new(self.handler),
            policy: self.policy,
            find_holder: self.find_holder,
            subscriptions: Subscriptions::new(&self.limits),
            sessions: self
                .sessions
                .map(|sessions| Stateful::new(sessions, &self.limits)),
            unattended: Arc::new(Semaphore::new(
                self.limits.max_unattended.min(Semaphore::MAX_PERMITS),
            )),
            limits: self.limits,
            versions,
            signature,
            peers: SharedPeers::new(),
            fixed_tools: FixedTools::new(),
        }))
    }
}

impl<H> fmt::Debug for StreamableHttp<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamableHttp")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// The service of [`StreamableHttp`]. Clones share one handler.
pub struct StreamableHttpService<H>(Arc<Endpoint<H>>);

impl<H> Clone for StreamableHttpService<H> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<H> fmt::Debug for StreamableHttpService<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamableHttpService")
            .field("limits", &self.0.limits)
            .finish_non_exhaustive()
    }
}

impl<H: Handler> Service<Request<Body>> for StreamableHttpService<H> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let endpoint = self.0.clone();
        async move {
            let (Ok(response) | Err(response)) = endpoint.handle(request).await;
            Ok(response)
        }
        .boxed()
    }
}

/// What all requests of an endpoint share.
pub(super) struct Endpoint<H> {
    pub(super) handler: Arc<H>,
    pub(super) policy: Option<Box<dyn Policy>>,
    pub(super) find_holder: FindHolder,
    pub(super) limits: Limits,
    pub(super) versions: Versions,
    pub(super) signature: Signature,
    pub(super) peers: SharedPeers,
    pub(super) fixed_tools: FixedTools,
    /// Room for calls whose clients have gone.
    pub(super) unattended: Arc<Semaphore>,
    pub(super) subscriptions: Arc<Subscriptions>,
    pub(super) sessions: Option<Stateful>,
}

impl<H: Handler> Endpoint<H> {
    async fn handle(
        self: Arc<Self>,
        mut request: Request<Body>,
    ) -> Result<Response<Body>, Response<Body>> {
        if request.method() != Method::POST {
            if self.sessions.is_some() {
                self.versions.settle_bodiless(request.headers_mut());
            }
            if let Some(stateful) = self.sessions_for(request.headers()) {
                self.version_of_header(request.headers())?;
                let owner = self.find_holder.owner(request.extensions());
                return stateful.attend(&request, owner, &self.limits);
            }
            // Without sessions there is no stream to `GET`, and nothing to `DELETE`.
            return Err(reply::method_not_allowed(
                "POST",
                "this endpoint takes JSON-RPC messages by POST",
            ));
        }
        let (mut parts, body) = request.into_parts();
        check_content(&parts.headers)?;
        let accepts = Accepts::of(&parts.headers).ok_or_else(|| {
            reply::refuse_request(
                StatusCode::NOT_ACCEPTABLE,
                "Accept must allow application/json or text/event-stream",
            )
        })?;
        // The body's bytes are gone before a handler runs, however long it takes; a batch keeps them
        // until its last call, and decodes each when its turn comes.
        let next = {
            let bytes = body::read(body, &mut parts, &self.limits, &self.find_holder).await?;
            let body = envelope::decode(&bytes, self.limits.max_batch)
                .map_err(|error| reply::malformed(&error))?;
            let has_sessions = self.sessions.is_some();
            let headers = (self.versions).settle(&mut parts.headers, &body, has_sessions);
            match self.session_of(&mut parts)? {
                Some(session) => Next::InSession(session, self.admit_in_session(body, &parts)?),
                None => Next::Alone(self.prepare(body, &bytes, &parts, headers)?),
            }
        };
        let prepared = match next {
            Next::InSession(session, work) => {
                return self.receive(session, work, parts, accepts).boxed().await;
            }
            Next::Alone(prepared) => prepared,
        };
        Ok(match prepared {
            Prepared::Nothing => reply::accepted(),
            Prepared::Call(call) if self.sessions.is_some() && call.is_handshake() => {
                self.initialize(call, parts, accepts).boxed().await?
            }
            Prepared::Call(call) => self.answer(call, parts, accepts).await,
            Prepared::Batch(calls) => self.answer_batch(calls, &parts, accepts).boxed().await,
        })
    }

    /// Sessions, if the request's revision has them.
    pub(super) fn sessions_for(&self, headers: &HeaderMap) -> Option<&Stateful> {
        let sessions = self.sessions.as_ref()?;
        let modern = self.versions.of_header(headers).is_ok_and(is_modern);
        (!modern).then_some(sessions)
    }
}

/// What a body is, once it has been admitted.
#[expect(
    clippy::large_enum_variant,
    reason = "the large variant is the usual one, and it is moved once"
)]
enum Next {
    Alone(Prepared),
    InSession(Arc<Session>, Work),
}
