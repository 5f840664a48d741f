use portcullis::{
    prelude::*,
    rmcp::{ServerHandler, model::PromptMessage},
};

struct Library;

#[prompt_router]
impl Library {
    #[prompt(scopes("library/read"))]
    async fn summary(&self) -> Vec<PromptMessage> {
        Vec::new()
    }

    #[prompt]
    async fn review(&self) -> Vec<PromptMessage> {
        Vec::new()
    }
}

struct Unread;

#[tool_router]
impl Unread {
    #[tool]
    async fn ping(&self) -> String {
        "pong".into()
    }
}

#[prompt_router]
impl Unread {
    #[prompt(scopes("library/read"))]
    async fn summary(&self) -> Vec<PromptMessage> {
        Vec::new()
    }
}

#[tool_handler]
impl ServerHandler for Unread {}

#[prompt_handler]
impl ServerHandler for Library {}

fn main() {}
