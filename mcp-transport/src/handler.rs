//! The seam to the server: what runs a decoded message.

use std::borrow::Cow;

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{ClientNotification, ClientRequest, ProtocolVersion, ServerConfig, ServerResult},
    service::{MaybeSendFuture, NotificationContext, RequestContext, Service},
};

use crate::{Call, ParamHeaders};

/// An rmcp service that can also say how it uses its peer.
///
/// Implement it on top of rmcp's `Service<RoleServer>` (every `ServerHandler` is one), or wrap a
/// finished rmcp server in [`Stock`].
pub trait Handler: Service<RoleServer> {
    /// Whether answering `call` may send messages to the client.
    ///
    /// The default is always right. Answer [`PeerUse::None`] only where the code that runs is known
    /// to touch no `Peer`: a shared peer has nobody to speak to, so what is sent on it is lost.
    fn peer_use(&self, call: &Call<'_>) -> PeerUse {
        let _ = call;
        PeerUse::Fresh
    }

    /// Whether `tools/list` is answered the same to every caller, for good, whatever it asks. The
    /// answer is then encoded once per protocol revision. Default: no.
    fn has_fixed_tools(&self) -> bool {
        false
    }

    /// Which arguments of `tool` are repeated in `Mcp-Param-*` headers. Asked at every `tools/call`
    /// of 2026-07-28, before it runs; default: none.
    fn param_headers(&self, tool: &str) -> ParamHeaders {
        let _ = tool;
        ParamHeaders::default()
    }
}

/// How a request uses the connection to its client while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PeerUse {
    /// It only answers. Such requests share one peer per protocol revision and cost no task.
    None,
    /// It may send progress, logs or other messages first: it gets a peer of its own, and its
    /// response becomes an event stream as soon as something is said.
    Fresh,
    /// It may send notifications first, on the [`Outlet`](crate::Outlet) in its extensions where there
    /// is one: over Streamable HTTP without a session. Its peer is silent then. Everywhere else it gets
    /// a peer of its own, as with [`Fresh`](Self::Fresh).
    Outlet,
}

/// Serves any rmcp server unchanged: every request gets a peer of its own.
///
/// ```
/// use portcullis_transport::Stock;
/// use rmcp::ServerHandler;
///
/// struct MyServer;
/// impl ServerHandler for MyServer {}
///
/// let handler = Stock(MyServer);
/// # let _: &dyn std::any::Any = &handler;
/// ```
#[derive(Debug, Clone)]
pub struct Stock<S>(pub S);

impl<S: ServerHandler> Handler for Stock<S> {
    fn param_headers(&self, tool: &str) -> ParamHeaders {
        let tool = self.0.get_tool(tool);
        tool.map_or_else(ParamHeaders::default, |tool| {
            ParamHeaders::of(&tool.input_schema)
        })
    }
}

impl<S: Service<RoleServer>> Service<RoleServer> for Stock<S> {
    fn handle_request(
        &self,
        request: ClientRequest,
        context: RequestContext<RoleServer>,
    ) -> impl Future<Output = Result<ServerResult, ErrorData>> + MaybeSendFuture + '_ {
        self.0.handle_request(request, context)
    }

    fn handle_notification(
        &self,
        notification: ClientNotification,
        context: NotificationContext<RoleServer>,
    ) -> impl Future<Output = Result<(), ErrorData>> + MaybeSendFuture + '_ {
        self.0.handle_notification(notification, context)
    }

    fn get_info(&self) -> ServerConfig {
        self.0.get_info()
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        self.0.supported_protocol_versions()
    }
}
