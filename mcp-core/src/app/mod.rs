//! Servers on one origin, with everything around them that a server on the Internet needs.

mod about;
mod build;
#[cfg(feature = "authorization-server")]
mod grants;
mod html;
mod landing;
mod local;
mod porch;

pub(crate) use about::About;
use axum::Router;
#[cfg(feature = "testing")]
pub(crate) use build::parse_origin;
use portcullis_auth::{ProtectedResourceMetadata, ResourceIdentifier};
use portcullis_transport::{
    MixedRevisions,
    replica::{Replica, ReplicaName},
};
use rmcp::ServerHandler;

use crate::server::McpServer;

/// Everything on one origin: servers, their metadata, the authorization server, health, and the
/// checks that every request passes.
///
/// ```
/// use portcullis::{auth::danger, prelude::*};
///
/// struct Clock;
///
/// #[mcp_server(name = "clock")]
/// impl Clock {
///     /// Says that it is noon.
///     #[tool]
///     async fn now(&self) -> String { "noon".into() }
/// }
///
/// let clock = McpServer::new("http://localhost:8080/clock/mcp", Clock)
///     .auth(danger::anonymous())
///     .build()?;
/// let router: axum::Router = App::new("http://localhost:8080").server(clock).into_router()?;
/// # Ok::<(), portcullis::BuildError>(())
/// ```
///
/// | path | what |
/// |---|---|
/// | the path of each server's resource | Streamable HTTP, behind authentication; HTTP+SSE where a server says `legacy_sse` |
/// | `/.well-known/oauth-protected-resource/…` | each server's metadata; also at the root, if there is one server |
/// | `/register`, `/authorize`, `/token`, … | the authorization server, if there is one |
/// | `/healthz`, `/readyz` | for load balancers: `Host` and `Origin` are not looked at |
/// | `GET /` | a page for people; JSON for programs |
///
/// The page is for everybody, signed in or not: it names each server with its tools, their descriptions and
/// scopes, as a person needs to know them who is about to connect (instructions, only where everybody is let
/// in). [`without_landing_page`](Self::without_landing_page) leaves it out.
#[must_use = "an app does nothing until `into_router()?`"]
pub struct App {
    pub(crate) origin: String,
    pub(crate) servers: Vec<Mount>,
    pub(crate) hosts: Vec<String>,
    pub(crate) origins: Vec<String>,
    pub(crate) anonymous_allowed: bool,
    pub(crate) landing_page: bool,
    pub(crate) others: Router,
    pub(crate) replica: Option<Replica>,
    #[cfg(feature = "authorization-server")]
    pub(crate) authorization_server: Option<portcullis_auth::AuthorizationServer>,
    #[cfg(feature = "testing")]
    pub(crate) login: Option<std::sync::Arc<crate::dev::Login>>,
}

/// A server whose handler's type has been forgotten.
pub(crate) struct Mount {
    pub(crate) resource: ResourceIdentifier,
    pub(crate) metadata: ProtectedResourceMetadata,
    #[cfg(feature = "authorization-server")]
    access: std::sync::Arc<crate::policy::Access>,
    #[cfg(feature = "authorization-server")]
    initial_scopes: portcullis_auth::ScopeSet,
    pub(crate) about: About,
    pub(crate) has_sessions: bool,
    mixed_revisions: MixedRevisions,
    /// The name that ids of its sessions carry.
    pub(crate) replica: Option<ReplicaName>,
    /// Where clients of HTTP+SSE post to.
    #[cfg(feature = "sse")]
    pub(crate) messages: Option<String>,
    pub(crate) route: Router,
}

impl Mount {
    /// Where requests of sessions arrive.
    fn session_paths(&self) -> Vec<String> {
        #[cfg(feature = "sse")]
        if let Some(messages) = &self.messages {
            return vec![messages.clone()];
        }
        match self.resource.path_with_slash() {
            Some(with_slash) => vec![self.resource.path().to_owned(), with_slash],
            None => vec!["/".to_owned()],
        }
    }

    /// Who needs which scopes, as the author calls it.
    #[cfg(feature = "authorization-server")]
    fn needs(&self) -> impl Iterator<Item = (String, &portcullis_auth::ScopeSet)> {
        let at_first = ("`.initial_scopes(..)`".to_owned(), &self.initial_scopes);
        self.access.scopes.needs().chain([at_first])
    }

    /// Every scope that a client may ask for.
    #[cfg(feature = "authorization-server")]
    fn scopes(&self) -> portcullis_auth::ScopeSet {
        self.access.scopes.all().union(&self.initial_scopes)
    }
}

impl App {
    /// An app without servers. `origin` is the scheme and host (and port) that clients use, such as
    /// `https://mcp.example.com`: configuration, never read from a request.
    pub fn new(origin: impl Into<String>) -> Self {
        Self {
            origin: origin.into(),
            servers: Vec::new(),
            hosts: Vec::new(),
            origins: Vec::new(),
            anonymous_allowed: false,
            landing_page: true,
            others: Router::new(),
            replica: None,
            #[cfg(feature = "authorization-server")]
            authorization_server: None,
            #[cfg(feature = "testing")]
            login: None,
        }
    }

    /// Adds a server, at the path of its resource identifier.
    pub fn server<H: ServerHandler>(mut self, server: McpServer<H>) -> Self {
        self.servers.push(Mount {
            resource: server.resource().clone(),
            metadata: server.metadata(),
            #[cfg(feature = "authorization-server")]
            access: server.access.clone(),
            #[cfg(feature = "authorization-server")]
            initial_scopes: server.initial_scopes().clone(),
            about: About::new(&server),
            has_sessions: server.has_sessions(),
            mixed_revisions: server.mixed_revisions(),
            replica: server.replica_name().cloned(),
            #[cfg(feature = "sse")]
            messages: server.messages_path(),
            route: server.into_route(),
        });
        self
    }

    /// Adds the authorization server, whose issuer must be the app's origin: its endpoints
    /// (`/register`, `/authorize`, `/token`, …) and metadata are served at the root.
    #[cfg(feature = "authorization-server")]
    pub fn authorization_server(mut self, server: portcullis_auth::AuthorizationServer) -> Self {
        self.authorization_server = Some(server);
        self
    }

    /// Answers to another name in `Host` besides that of the origin, such as `10.0.0.7:8080`.
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }

    /// Lets pages of another origin call the servers, such as `https://inspector.example.com`.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Lets servers with `danger::anonymous()` be served beyond loopback.
    ///
    /// Without it, and with `dev::login`, other machines are answered 403, by the address of whoever
    /// connects: [`serve`](portcullis_transport::serve) tells it, and so does axum's
    /// `into_make_service_with_connect_info::<SocketAddr>()`. A plain `axum::serve(listener, router)` does not: then
    /// everybody who reaches the listener and sends the origin's `Host` is let in, and a line at WARN says so.
    /// `X-Forwarded-For` is not looked at: whoever comes through a proxy on this machine comes from it.
    pub fn allow_anonymous(mut self) -> Self {
        self.anonymous_allowed = true;
        self
    }

    /// Passes requests for sessions of other replicas on to them, which ask who the caller is; `Host`
    /// and `Origin` are checked here, too. All servers with sessions must be told as well:
    /// [`McpServerBuilder::replica`](crate::McpServerBuilder::replica).
    pub fn replica(mut self, replica: &Replica) -> Self {
        self.replica = Some(replica.clone());
        self
    }

    /// Leaves `GET /` to the routes of [`merge`](Self::merge).
    pub fn without_landing_page(mut self) -> Self {
        self.landing_page = false;
        self
    }

    /// Adds routes of your own. They pass the same checks of `Host` and `Origin`, but no
    /// authentication. The app's own routes win.
    ///
    /// # Panics
    ///
    /// As axum's `Router::merge`, if two of the routers given here have the same route.
    pub fn merge(mut self, routes: Router) -> Self {
        self.others = self.others.merge(routes);
        self
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let servers = self.servers.iter().map(|mount| &mount.resource);
        f.debug_struct("App")
            .field("origin", &self.origin)
            .field("servers", &servers.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
