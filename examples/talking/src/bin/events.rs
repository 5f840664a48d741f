//! Clients that listen hear what a tool has changed: `cargo run -p talking --bin events`.

use std::sync::atomic::{AtomicBool, Ordering};

use portcullis::{
    Events, dev,
    prelude::*,
    rmcp::{ErrorData, RoleServer, ServerHandler, model::*, service::RequestContext},
};

pub(crate) struct Notes {
    events: Events,
    has_news: AtomicBool,
}

#[tool_router]
impl Notes {
    pub(crate) fn new(events: Events) -> Self {
        Self {
            events,
            has_news: AtomicBool::new(false),
        }
    }

    /// Writes your note.
    #[tool(scopes("notes/write"))]
    async fn write(&self, Caller(who): Caller) -> Result<String, ToolError> {
        // Everybody's note has the same URI; only its owner hears of it.
        self.events
            .resource_updated_for(&who, "note://mine")
            .await?;
        Ok("written".into())
    }

    /// Publishes the news.
    #[tool(scopes("notes/write"))]
    async fn publish(&self) -> Result<String, ToolError> {
        if !self.has_news.swap(true, Ordering::Relaxed) {
            // There is one resource more, so clients list them again.
            self.events.resources_changed().await?;
        }
        self.events.resource_updated("note://news").await?;
        Ok("published".into())
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
        let mut notes = vec![Resource::new("note://mine", "mine")];
        if self.has_news.load(Ordering::Relaxed) {
            notes.push(Resource::new("note://news", "news"));
        }
        Ok(ListResourcesResult::with_all_items(notes))
    }
}

#[tokio::main]
async fn main() -> Result<(), dev::DeskError> {
    let desk = dev::Desk::from_args().await?;
    let mut app = App::new(desk.origin());
    let events = Events::default();
    let notes = McpServer::new(desk.url("/mcp"), Notes::new(events.clone()))
        .resource_scopes("note://mine", ["notes/read"])
        .resource_scopes("note://news", ["notes/read"])
        .events(events)
        .auth(dev::login(&mut app)?)
        .build()?;
    desk.serve(app.server(notes)).await
}
