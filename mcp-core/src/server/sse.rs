//! The HTTP+SSE transport of revision 2024-11-05, for clients that speak nothing newer.

use axum::Router;
use portcullis_auth::{AuthLayer, ResourceIdentifier};
use portcullis_transport::{Handler, LegacySse, Shutdown, SseLimits};

use super::{McpServer, McpServerBuilder, sessions, transport::TransportSettings};
use crate::policy::ScopePolicy;

/// Whether a server has `legacy_sse`, and how it is served then.
#[derive(Debug, Default)]
pub(super) struct SseSettings {
    pub(super) enabled: bool,
    pub(super) limits: Option<SseLimits>,
    shutdown: Option<Shutdown>,
}

impl<H, A> McpServerBuilder<H, A> {
    /// Serves HTTP+SSE (revision 2024-11-05) instead of Streamable HTTP: for clients that speak
    /// nothing newer.
    ///
    /// The resource is the URL of the event stream. Messages are posted beside it: for
    /// `https://mcp.example.com/weather/sse` that is `/weather/messages/`, and clients are told.
    /// To serve both transports, build two servers with one handler and put both into the
    /// [`App`](crate::App): each is a resource of its own, with its own audience and metadata, since
    /// clients refuse metadata that names another URL than theirs.
    ///
    /// ```
    /// use portcullis::{auth::danger, prelude::*};
    ///
    /// #[derive(Clone)]
    /// struct Clock;
    ///
    /// #[mcp_server(name = "clock")]
    /// impl Clock {
    ///     /// Says that it is noon.
    ///     #[tool]
    ///     async fn now(&self) -> String { "noon".into() }
    /// }
    ///
    /// let current = McpServer::new("http://localhost:8080/clock/mcp", Clock)
    ///     .auth(danger::anonymous())
    ///     .build()?;
    /// let legacy = McpServer::new("http://localhost:8080/clock/sse", Clock)
    ///     .auth(danger::anonymous())
    ///     .legacy_sse()
    ///     .build()?;
    /// let app = App::new("http://localhost:8080").server(current).server(legacy).into_router()?;
    /// # Ok::<(), portcullis::BuildError>(())
    /// ```
    ///
    /// A session is bound to the caller who opened its stream, and lives in this process. Behind a
    /// load balancer, say [`replica`](Self::replica) too.
    pub fn legacy_sse(mut self) -> Self {
        self.transport.sse.enabled = true;
        self
    }

    /// As [`legacy_sse`](Self::legacy_sse), and ends the streams when `shutdown` starts, each as soon
    /// as its running calls are answered. Without it, they last as long as the server's grace period.
    pub fn legacy_sse_until(mut self, shutdown: Shutdown) -> Self {
        self.transport.sse.shutdown = Some(shutdown);
        self.legacy_sse()
    }

    /// Bounds the sessions of [`legacy_sse`](Self::legacy_sse), without which a server does not build
    /// with them. Default: those of [`SseLimits`].
    pub fn sse_limits(mut self, limits: SseLimits) -> Self {
        self.transport.sse.limits = Some(limits);
        self
    }
}

impl<H> McpServer<H> {
    /// Where messages are posted to, if this is a server with `legacy_sse`.
    pub(crate) fn messages_path(&self) -> Option<String> {
        let sse = self.transport.sse.enabled;
        sse.then(|| messages_path(&self.resource))
    }
}

/// Beside the stream.
fn messages_path(stream: &ResourceIdentifier) -> String {
    let path = stream.path();
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/messages/")
}

/// Both routes, behind one authentication layer.
pub(super) fn route<H: Handler>(
    handler: H,
    policy: ScopePolicy,
    doorman: AuthLayer,
    resource: &ResourceIdentifier,
    settings: TransportSettings,
) -> Router {
    let mut sse = LegacySse::new(handler)
        .policy(policy)
        .owner(sessions::owner)
        .counted_by(sessions::subject)
        .limits(settings.limits)
        .sse_limits(settings.sse.limits.unwrap_or_default());
    if let Some(shutdown) = settings.sse.shutdown {
        sse = sse.shutdown(shutdown);
    }
    if let Some(replica) = &settings.replica {
        sse = sse.replica(replica);
    }
    sse.into_router(resource.path(), &messages_path(resource))
        .route_layer(doorman)
}
