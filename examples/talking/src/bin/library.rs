//! Prompts, resources and a template, beside a tool, each with its scopes:
//! `cargo run -p talking --bin library`.

use portcullis::{
    dev,
    prelude::*,
    rmcp::{ErrorData, RoleServer, ServerHandler, model::*, service::RequestContext},
};

pub(crate) struct Library;

#[derive(serde::Deserialize, JsonSchema)]
struct Book {
    /// The title.
    title: String,
}

#[tool_router]
impl Library {
    /// Orders a book.
    #[tool(scopes("library/order"))]
    async fn order(&self, Parameters(book): Parameters<Book>) -> String {
        format!("{} ordered", book.title)
    }
}

#[prompt_router]
impl Library {
    /// Sums a book up for whoever asks.
    #[prompt(scopes("library/read"))]
    async fn summary(&self, Caller(who): Caller, book: Parameters<Book>) -> Vec<PromptMessage> {
        let text = format!("Sum up {} for {}.", book.0.title, who.subject());
        vec![PromptMessage::new_text(Role::User, text)]
    }
}

#[tool_handler(name = "library")]
#[prompt_handler]
impl ServerHandler for Library {
    fn get_info(&self) -> ServerConfig {
        let can = ServerCapabilities::builder()
            .enable_tools()
            .enable_prompts();
        ServerConfig::new(can.enable_resources().build())
    }

    async fn list_resource_templates(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let page = ResourceTemplate::new("book://{title}", "a book's first page");
        Ok(ListResourceTemplatesResult::with_all_items(vec![page]))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let title = request.uri.strip_prefix("book://");
        let title = title.ok_or_else(|| ErrorData::invalid_params("no such book", None))?;
        let page = ResourceContents::text(format!("{title}, page one"), &request.uri);
        Ok(ReadResourceResult::new(vec![page]).into())
    }
}

#[tokio::main]
async fn main() -> Result<(), dev::DeskError> {
    let desk = dev::Desk::from_args().await?;
    let mut app = App::new(desk.origin());
    let library = McpServer::new(desk.url("/mcp"), Library)
        .resource_scopes("book://{title}", ["library/read"])
        .auth(dev::login(&mut app)?)
        .build()?;
    desk.serve(app.server(library)).await
}
