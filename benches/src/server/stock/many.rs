//! Many tools, of which `echo` is called; the router is built once.

use std::sync::Arc;

use rmcp::{
    ServerHandler,
    handler::server::{router::tool::ToolRouter, wrapper::Parameters},
    tool, tool_handler, tool_router,
};
use seq_macro::seq;

use super::stateless;
use crate::{
    server::{App, Launch},
    tools::{Arguments, Say},
};

#[derive(Clone)]
struct Many {
    router: Arc<ToolRouter<Self>>,
}

seq!(N in 002..=500 {
    #[tool_router]
    impl Many {
        #[tool(description = "Says it back.")]
        async fn echo(&self, Parameters(say): Parameters<Say>) -> String {
            say.answer()
        }
        #(
            #[tool(description = "Says it back.")]
            async fn tool_~N(&self, Parameters(say): Parameters<Say>) -> String {
                say.answer()
            }
        )*
    }
});

#[tool_handler(router = self.router)]
impl ServerHandler for Many {}

/// Fifty tools.
pub(crate) fn fifty(launch: &Launch<'_>) -> App {
    let mut router = Many::tool_router();
    for number in 51..=500 {
        router.remove_route(&format!("tool_{number:03}"));
    }
    many(launch, router)
}

/// Five hundred tools.
pub(crate) fn five_hundred(launch: &Launch<'_>) -> App {
    many(launch, Many::tool_router())
}

fn many(launch: &Launch<'_>, router: ToolRouter<Many>) -> App {
    let many = Many {
        router: Arc::new(router),
    };
    stateless(launch, move || many.clone())
}
