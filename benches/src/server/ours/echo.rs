use portcullis::{
    prelude::*,
    transport::{SessionLimits, Sessions, SseLimits},
};

use super::{STREAMS, app, open};
use crate::{
    server::{App, Launch},
    tools::{Arguments, Say},
    workload::Problem,
};

struct Echo;

#[mcp_server(name = "bench")]
impl Echo {
    /// Says it back.
    #[tool]
    async fn echo(&self, Parameters(say): Parameters<Say>) -> String {
        say.answer()
    }
}

/// One tool.
pub(crate) fn echo(launch: &Launch<'_>) -> Result<App, Problem> {
    app(launch, open(launch, Echo).build()?)
}

/// The same over HTTP+SSE of 2024-11-05.
pub(crate) fn sse(launch: &Launch<'_>) -> Result<App, Problem> {
    let mut limits = SseLimits::default();
    limits.max_sessions = STREAMS;
    let server = open(launch, Echo).legacy_sse().sse_limits(limits);
    app(launch, server.build()?)
}

/// The same with sessions.
pub(crate) fn sessions(launch: &Launch<'_>) -> Result<App, Problem> {
    let mut limits = SessionLimits::default();
    limits.max_sessions = STREAMS;
    let sessions = Sessions::in_memory().limits(limits);
    app(launch, open(launch, Echo).sessions(sessions).build()?)
}
