//! A board that everybody hears of when something is pinned to it.

use std::time::Duration;

use portcullis::{
    Events,
    prelude::*,
    rmcp::{ErrorData, RoleServer, ServerHandler, model::*, service::RequestContext},
};

pub(crate) const NOTES: &str = "board://notes";

pub(crate) struct Board {
    events: Events,
}

#[derive(serde::Deserialize, JsonSchema)]
struct Count {
    /// How far to count.
    to: u8,
}

#[tool_router]
impl Board {
    pub(crate) fn new(events: Events) -> Self {
        Self { events }
    }

    /// Pins a note to the board. Who listens hears of it, whichever replica they are connected to.
    #[tool(scopes("board/write"))]
    async fn pin(&self) -> Result<String, ToolError> {
        self.events.resource_updated(NOTES).await?;
        Ok("pinned".into())
    }

    /// Counts slowly. A client whose connection breaks meanwhile reads on from where it was, also
    /// through another replica.
    #[tool(scopes("board/read"))]
    async fn count(&self, Parameters(count): Parameters<Count>, progress: Progress) -> String {
        let mut progress = progress.of(count.to);
        for step in 1..=count.to {
            progress.report(step, format!("{step}")).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        format!("counted to {}", count.to)
    }
}

#[tool_handler(name = "board")]
impl ServerHandler for Board {
    fn get_info(&self) -> ServerConfig {
        let can = ServerCapabilities::builder()
            .enable_tools()
            .enable_resources();
        ServerConfig::new(can.build())
    }

    async fn list_resources(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let notes = Resource::new(NOTES, "notes");
        Ok(ListResourcesResult::with_all_items(vec![notes]))
    }
}
