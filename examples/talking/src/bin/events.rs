//! Clients that listen hear what a tool has changed: `cargo run -p talking --bin events`.

use portcullis::{
    Events, dev,
    prelude::*,
    rmcp::{ErrorData, RoleServer, ServerHandler, model::*, service::RequestContext},
};

pub(crate) struct Notes {
    pub(crate) events: Events,
}

#[tool_router]
impl Notes {
    /// Writes your note.
    #[tool(scopes("notes/write"))]
    async fn write(&self, Caller(who): Caller) -> Result<String, ToolError> {
        // Everybody's note has the same URI; only its owner hears of it.
        self.events
            .resource_updated_for(&who, "note://mine")
            .await?;
        Ok("written".into())
    }
}

#[tool_handler(name = "notes")]
impl ServerHandler for Notes {
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
        let mine = Resource::new("note://mine", "mine");
        Ok(ListResourcesResult::with_all_items(vec![mine]))
    }
}

#[tokio::main]
async fn main() -> Result<(), dev::DeskError> {
    let desk = dev::Desk::from_args().await?;
    let mut app = App::new(desk.origin());
    let events = Events::default();
    let notes = McpServer::new(
        desk.url("/mcp"),
        Notes {
            events: events.clone(),
        },
    )
    .resource_scopes("note://mine", ["notes/read"])
    .events(events)
    .auth(dev::login(&mut app)?)
    .build()?;
    desk.serve(app.server(notes)).await
}
