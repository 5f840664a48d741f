//! rmcp's own Streamable HTTP transport, in its fastest setting where there is a choice: stateless,
//! JSON answers, the router built once.

mod board;
mod echo;
mod import;
mod macros;
mod many;
mod order;

use std::sync::Arc;

use axum::Router;
pub(crate) use board::board;
pub(crate) use echo::{echo, sessions};
pub(crate) use import::import;
pub(crate) use macros::{rebuilding_fifty, rebuilding_two};
pub(crate) use many::{fifty, five_hundred};
pub(crate) use order::order;
use rmcp::{
    ServerHandler,
    transport::streamable_http_server::{
        SessionManager, StreamableHttpServerConfig, StreamableHttpService,
        session::never::NeverSessionManager,
    },
};

use super::{App, Launch};

/// Without sessions, and with rmcp's checks on.
fn stateless<S: ServerHandler + Send + 'static>(
    launch: &Launch<'_>,
    make: impl Fn() -> S + Send + Sync + 'static,
) -> App {
    let config = config(launch)
        .with_legacy_session_mode(false)
        .with_json_response(true);
    mount(make, NeverSessionManager::default(), config)
}

fn config(launch: &Launch<'_>) -> StreamableHttpServerConfig {
    StreamableHttpServerConfig::default().with_allowed_origins([launch.origin()])
}

fn mount<S: ServerHandler + Send + 'static>(
    make: impl Fn() -> S + Send + Sync + 'static,
    sessions: impl SessionManager,
    config: StreamableHttpServerConfig,
) -> App {
    let service = StreamableHttpService::new(move || Ok(make()), Arc::new(sessions), config);
    App::new(Router::new().route_service("/mcp", service))
}
