use axum::Router;
use portcullis_auth::{AuthLayer, ProtectedResourceMetadata};
use portcullis_transport::StreamableHttp;
use rmcp::ServerHandler;
use tower_layer::Layer;

use super::{McpServer, sessions};
use crate::policy::{Guarded, ScopePolicy};

impl<H: ServerHandler> McpServer<H> {
    /// What clients read to find out where to sign in (RFC 9728).
    pub fn metadata(&self) -> ProtectedResourceMetadata {
        ProtectedResourceMetadata::of(self.resource.clone(), &self.auth)
            .with_scopes_supported(self.initial_scopes.clone())
            .with_resource_name(self.name())
    }

    /// The server as one axum route: Streamable HTTP behind the authentication layer, at the path
    /// of its resource identifier, with and without a slash at the end. (With `legacy_sse`: messages
    /// have one more.)
    ///
    /// An [`App`](crate::App) adds what a server on the Internet needs besides: metadata, checks of
    /// `Host` and `Origin`, health. In a router of your own, that is up to you.
    pub fn into_route(self) -> Router {
        let policy = ScopePolicy {
            resource: self.resource.clone(),
            access: self.access.clone(),
        };
        let guarded = Guarded {
            handler: self.handler,
            access: self.access,
            local: None,
            voice: self.voice,
            tasks: self.tasks,
        };
        let doorman = AuthLayer::new(self.auth, &self.resource, self.initial_scopes);
        let transport = self.transport;
        #[cfg(feature = "sse")]
        if transport.sse.enabled {
            return super::sse::route(guarded, policy, doorman, &self.resource, transport);
        }
        let mut mcp = StreamableHttp::new(guarded)
            .policy(policy)
            .owner(sessions::owner)
            .counted_by(sessions::subject)
            .limits(transport.limits)
            .mixed_revisions(transport.mixed_revisions);
        if let Some(mut sessions) = transport.sessions {
            if let Some(replica) = &transport.replica {
                sessions = sessions.replica(replica);
            }
            mcp = mcp.sessions(sessions);
        }
        let path = match self.resource.path() {
            "" => "/",
            path => path,
        };
        let mcp = doorman.layer(mcp.into_service());
        // A path may have a segment that starts with `:`; it is text here, not a pattern.
        let route = Router::new().without_v07_checks();
        let route = match self.resource.path_with_slash() {
            Some(with_slash) => route.route_service(&with_slash, mcp.clone()),
            None => route,
        };
        route.route_service(path, mcp)
    }
}
