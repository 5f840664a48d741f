//! rmcp's own Streamable HTTP transport, in its fastest setting: stateless, JSON answers.

use std::sync::{Arc, OnceLock};

use axum::Router;
use rmcp::{
    ServerHandler,
    handler::server::{router::tool::ToolRouter, wrapper::Parameters},
    schemars::JsonSchema,
    serde::Deserialize,
    tool, tool_handler, tool_router,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
    },
};

#[derive(Deserialize, JsonSchema)]
#[serde(crate = "rmcp::serde")]
#[schemars(crate = "rmcp::schemars")]
pub(crate) struct Say {
    /// What to say.
    pub(crate) text: String,
}

/// The default form: the macro builds the router anew for every call.
#[derive(Clone)]
struct Two;

#[tool_router]
impl Two {
    #[tool(description = "Says it back")]
    fn echo(&self, Parameters(say): Parameters<Say>) -> String {
        say.text
    }

    #[tool(description = "Says it in capitals")]
    fn shout(&self, Parameters(say): Parameters<Say>) -> String {
        say.text.to_uppercase()
    }
}

#[tool_handler]
impl ServerHandler for Two {}

/// The best case: the router in an `Arc`.
#[derive(Clone)]
struct Cached {
    router: Arc<ToolRouter<Cached>>,
}

#[tool_router]
impl Cached {
    #[tool(description = "Says it back")]
    fn echo(&self, Parameters(say): Parameters<Say>) -> String {
        say.text
    }

    #[tool(description = "Says it in capitals")]
    fn shout(&self, Parameters(say): Parameters<Say>) -> String {
        say.text.to_uppercase()
    }
}

#[tool_handler(router = self.router)]
impl ServerHandler for Cached {}

pub(crate) fn two(port: u16) -> Router {
    mount(port, || Two)
}

pub(crate) fn cached(port: u16) -> Router {
    static ROUTER: OnceLock<Arc<ToolRouter<Cached>>> = OnceLock::new();
    mount(port, || Cached {
        router: Arc::clone(ROUTER.get_or_init(|| Arc::new(Cached::tool_router()))),
    })
}

/// Mounts a handler with rmcp's checks on.
pub(crate) fn mount<S: ServerHandler + Send + 'static>(
    port: u16,
    make: impl Fn() -> S + Send + Sync + 'static,
) -> Router {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_allowed_origins([format!("http://localhost:{port}")]);
    let sessions = Arc::new(NeverSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(make()), sessions, config);
    Router::new().route_service("/mcp", service)
}
