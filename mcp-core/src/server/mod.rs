//! An MCP server: a handler, its resource identifier, and who may call what.

mod build;
mod builder;
#[cfg(feature = "http")]
mod http;
mod lists;
mod scopes;
#[cfg(feature = "http")]
mod sessions;
#[cfg(feature = "sse")]
mod sse;
#[cfg(feature = "http")]
mod transport;
mod voice;
mod work;

use std::sync::Arc;

pub use builder::{McpServerBuilder, NoAuth};
use portcullis_auth::{ResourceAuth, ResourceIdentifier, ScopeSet};
use rmcp::{ServerHandler, model::ServerConfig};

use crate::{policy::Access, tools::ToolPolicies};

/// A server that is ready to be served: put it into an `App`, or into an axum router of your own.
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
/// let server = McpServer::new("http://localhost:8080/clock/mcp", Clock)
///     .auth(danger::anonymous())
///     .build()?;
/// assert_eq!(server.resource().path(), "/clock/mcp");
/// # Ok::<(), portcullis::BuildError>(())
/// ```
pub struct McpServer<H> {
    pub(crate) handler: Arc<H>,
    pub(crate) resource: ResourceIdentifier,
    pub(crate) auth: ResourceAuth,
    pub(crate) access: Arc<Access>,
    pub(crate) initial_scopes: ScopeSet,
    #[cfg(feature = "http")]
    pub(crate) voice: crate::say::Voice,
    #[cfg(feature = "http")]
    pub(crate) tasks: Option<crate::work::Tasks>,
    #[cfg(feature = "http")]
    transport: transport::TransportSettings,
}

impl<H: ToolPolicies> McpServer<H> {
    /// Begins a server that portcullis's macros made.
    ///
    /// `resource` is the URL that clients connect to, as they write it: it is the audience of
    /// access tokens (RFC 8707), the `resource` of the metadata (RFC 9728), and its path is where
    /// the server listens. `https`, or `http` on loopback.
    #[expect(
        clippy::new_ret_no_self,
        reason = "a server exists only once it has been built"
    )]
    pub fn new(resource: impl AsRef<str>, handler: H) -> McpServerBuilder<H> {
        McpServerBuilder::new(
            resource.as_ref(),
            handler,
            H::tool_policies(),
            H::prompt_policies(),
            H::macro_made(),
        )
    }
}

impl<H: ServerHandler> McpServer<H> {
    /// Begins a server that was made with rmcp alone.
    ///
    /// Nothing of it has scopes until [`tool_scopes`](McpServerBuilder::tool_scopes),
    /// [`prompt_scopes`](McpServerBuilder::prompt_scopes) or
    /// [`resource_scopes`](McpServerBuilder::resource_scopes) give some; from then on, tools, prompts
    /// and resources that are not named there are refused.
    pub fn from_rmcp(resource: impl AsRef<str>, handler: H) -> McpServerBuilder<H> {
        let (tools, prompts) = (Vec::new(), Vec::new());
        McpServerBuilder::new(
            resource.as_ref(),
            handler,
            tools,
            prompts,
            Default::default(),
        )
    }

    /// The URL that clients connect to.
    pub fn resource(&self) -> &ResourceIdentifier {
        &self.resource
    }

    /// Every scope that some tool, prompt or resource asks for.
    pub fn scopes(&self) -> ScopeSet {
        self.access.scopes.all()
    }

    /// The tools that the macros know and those of [`tool_scopes`](McpServerBuilder::tool_scopes), with their
    /// scopes, in the order of their names. What a handler made with rmcp alone has besides, only a request
    /// can ask it.
    pub fn tools(&self) -> impl Iterator<Item = (&str, &ScopeSet)> {
        self.access.scopes.tools.iter()
    }

    /// Whether everybody is let in, with `danger::anonymous()`.
    pub fn is_anonymous(&self) -> bool {
        self.auth.is_anonymous()
    }

    /// The scopes that clients are told to ask for when they sign in.
    pub fn initial_scopes(&self) -> &ScopeSet {
        &self.initial_scopes
    }

    /// The name for people: the title, where there is one.
    pub fn name(&self) -> String {
        let about = self.info().server_info;
        about.title.unwrap_or(about.name)
    }

    /// The transport as client configurations name it.
    #[cfg(feature = "http")]
    pub(crate) fn transport_name(&self) -> &'static str {
        #[cfg(feature = "sse")]
        if self.transport.sse.enabled {
            return "sse";
        }
        "http"
    }

    /// Name, version, instructions and capabilities, as clients see them.
    pub fn info(&self) -> ServerConfig {
        ServerHandler::get_info(&*self.handler)
    }
}

impl<H> std::fmt::Debug for McpServer<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("McpServer")
            .field("resource", &self.resource)
            .field("initial_scopes", &self.initial_scopes)
            .finish_non_exhaustive()
    }
}
