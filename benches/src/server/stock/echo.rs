use std::sync::Arc;

use rmcp::{
    ServerHandler,
    handler::server::{router::tool::ToolRouter, wrapper::Parameters},
    tool, tool_handler, tool_router,
    transport::streamable_http_server::session::local::LocalSessionManager,
};

use super::{config, mount, stateless};
use crate::{
    server::{App, Launch},
    tools::{Arguments, Say},
};

#[derive(Clone)]
struct Echo {
    router: Arc<ToolRouter<Self>>,
}

#[tool_router]
impl Echo {
    #[tool(description = "Says it back.")]
    async fn echo(&self, Parameters(say): Parameters<Say>) -> String {
        say.answer()
    }
}

#[tool_handler(router = self.router)]
impl ServerHandler for Echo {}

impl Echo {
    fn new() -> Self {
        let router = Arc::new(Self::tool_router());
        Self { router }
    }
}

/// One tool.
pub(crate) fn echo(launch: &Launch<'_>) -> App {
    let echo = Echo::new();
    stateless(launch, move || echo.clone())
}

/// The same with sessions.
pub(crate) fn sessions(launch: &Launch<'_>) -> App {
    let echo = Echo::new();
    let sessions = LocalSessionManager::default();
    mount(move || echo.clone(), sessions, config(launch))
}
