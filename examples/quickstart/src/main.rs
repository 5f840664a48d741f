//! The smallest server of your own: two tools, and one of them needs more than the first sign-in.

use portcullis::{dev, prelude::*};

struct Echo;

#[derive(serde::Deserialize, JsonSchema)]
struct Message {
    /// What to say.
    text: String,
}

#[mcp_server(name = "echo")]
impl Echo {
    /// Says the text back.
    #[tool(scopes("echo:use"), annotations(read_only_hint = true))]
    async fn echo(&self, Parameters(message): Parameters<Message>) -> String {
        message.text
    }

    /// Publishes the text in your name.
    #[tool(scopes("echo:use", "echo:publish"))]
    async fn publish(&self, Caller(who): Caller, message: Parameters<Message>) -> String {
        let name = who.username().unwrap_or("somebody");
        format!("{name} published: {}", message.0.text)
    }
}

#[tokio::main]
async fn main() -> Result<(), dev::DeskError> {
    let desk = dev::Desk::from_args().await?;
    let mut app = App::new(desk.origin());
    let echo = McpServer::new(desk.url("/mcp"), Echo)
        .auth(dev::login(&mut app)?)
        .build()?;
    desk.serve(app.server(echo)).await
}
