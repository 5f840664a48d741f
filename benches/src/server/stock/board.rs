//! rmcp keeps no list of who listens: the handler does.

use std::sync::Arc;

use rmcp::{
    ErrorData, ServerHandler,
    handler::server::router::tool::ToolRouter,
    model::{ServerCapabilities, ServerConfig, SubscriptionFilter},
    service::SubscriptionContext,
    tool, tool_handler, tool_router,
};
use tokio::sync::broadcast;

use super::stateless;
use crate::server::{App, Launch};

#[derive(Clone)]
struct Board {
    router: Arc<ToolRouter<Self>>,
    changes: broadcast::Sender<()>,
}

#[tool_router]
impl Board {
    #[tool(description = "Says that the tools have changed.")]
    async fn announce(&self) -> String {
        // Nobody may be listening, which is no error.
        let _ = self.changes.send(());
        "announced".into()
    }
}

#[tool_handler(router = self.router)]
impl ServerHandler for Board {
    fn get_info(&self) -> ServerConfig {
        let can = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed();
        ServerConfig::new(can.build())
    }

    fn accepted_subscription_filter(
        &self,
        asked: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(asked.clone())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let mut changes = self.changes.subscribe();
        loop {
            tokio::select! {
                () = context.cancelled() => return Ok(()),
                change = changes.recv() => {
                    if change.is_err() || context.sink().notify_tool_list_changed().await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// A tool that tells everybody something who listens.
pub(crate) fn board(launch: &Launch<'_>) -> App {
    let board = Board {
        router: Arc::new(Board::tool_router()),
        changes: broadcast::Sender::new(1024),
    };
    stateless(launch, move || board.clone())
}
