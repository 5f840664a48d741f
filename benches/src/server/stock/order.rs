use std::sync::Arc;

use rmcp::{
    ServerHandler,
    handler::server::{router::tool::ToolRouter, wrapper::Parameters},
    tool, tool_handler, tool_router,
};

use super::stateless;
use crate::{
    server::{App, Launch},
    tools::{Arguments, Order},
};

#[derive(Clone)]
struct Shop {
    router: Arc<ToolRouter<Self>>,
}

#[tool_router]
impl Shop {
    #[tool(description = "Orders something.")]
    async fn order(&self, Parameters(order): Parameters<Order>) -> String {
        order.answer()
    }
}

#[tool_handler(router = self.router)]
impl ServerHandler for Shop {}

/// A tool with nested arguments.
pub(crate) fn order(launch: &Launch<'_>) -> App {
    let shop = Shop {
        router: Arc::new(Shop::tool_router()),
    };
    stateless(launch, move || shop.clone())
}
