//! This SDK with everything on that a deployment has: guards, limits, and a policy where there is
//! auth.

mod board;
mod echo;
mod import;
mod many;
mod order;
mod signed_in;

pub(crate) use board::board;
pub(crate) use echo::{echo, sessions, sse};
pub(crate) use import::import;
pub(crate) use many::{fifty, five_hundred};
pub(crate) use order::order;
use portcullis::{
    App as Portcullis, McpServer, McpServerBuilder, auth::danger, rmcp::ServerHandler,
    transport::Limits,
};
pub(crate) use signed_in::signed_in;

use super::{App, Launch};
use crate::workload::Problem;

/// As many as there are connections: the others have no caps, and nothing else is measured meanwhile.
const STREAMS: usize = 10_000;

/// A server that lets everybody in, at `/mcp`.
fn open<H: ServerHandler + portcullis::ToolPolicies>(
    launch: &Launch<'_>,
    handler: H,
) -> McpServerBuilder<H, danger::Anonymous> {
    let mut limits = Limits::default();
    limits.max_subscriptions = STREAMS;
    McpServer::new(format!("{}/mcp", launch.origin()), handler)
        .auth(danger::anonymous())
        .limits(limits)
}

/// The whole app of one server.
fn app<H: ServerHandler>(launch: &Launch<'_>, server: McpServer<H>) -> Result<App, Problem> {
    let app = Portcullis::new(launch.origin()).server(server);
    Ok(App::new(app.into_router()?).behind_portcullis())
}
