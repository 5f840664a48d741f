//! Tools that only answer: one per kind of content, and the error.

use rmcp::{
    handler::server::wrapper::Parameters,
    model::{CallToolResult, ContentBlock, ResourceContents},
    schemars, tool, tool_router,
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    Fixture,
    media::{RED_PIXEL_PNG, SILENCE_WAV},
};

#[derive(Deserialize, schemars::JsonSchema)]
struct Greeting {
    /// Who is greeted
    #[serde(default = "world")]
    name: String,
}

fn world() -> String {
    "World".to_owned()
}

#[tool_router(router = content_tools, vis = "pub(super)")]
impl Fixture {
    /// Answers with a text
    #[tool]
    async fn test_simple_text(&self) -> String {
        "This is a simple text response for testing.".to_owned()
    }

    /// Answers with an image
    #[tool]
    async fn test_image_content(&self) -> ContentBlock {
        ContentBlock::image(RED_PIXEL_PNG, "image/png")
    }

    /// Answers with a sound
    #[tool]
    async fn test_audio_content(&self) -> ContentBlock {
        ContentBlock::audio(SILENCE_WAV, "audio/wav")
    }

    /// Answers with an embedded resource
    #[tool]
    async fn test_embedded_resource(&self) -> ContentBlock {
        ContentBlock::resource(ResourceContents::text(
            "This is an embedded resource content.",
            "test://embedded-resource",
        ))
    }

    /// Answers with a text, an image and a resource
    #[tool]
    async fn test_multiple_content_types(&self) -> CallToolResult {
        let document = json!({ "test": "data", "value": 123 }).to_string();
        CallToolResult::success(vec![
            ContentBlock::text("Multiple content types test:"),
            ContentBlock::image(RED_PIXEL_PNG, "image/png"),
            ContentBlock::resource(
                ResourceContents::text(document, "test://mixed-content-resource")
                    .with_mime_type("application/json"),
            ),
        ])
    }

    /// Always fails, in words for the model
    #[tool]
    async fn test_error_handling(&self) -> CallToolResult {
        CallToolResult::error(vec![ContentBlock::text(
            "This tool intentionally returns an error for testing",
        )])
    }

    /// Greets at once; never a task
    #[tool]
    async fn greet(&self, Parameters(greeting): Parameters<Greeting>) -> String {
        format!("Hello, {}!", greeting.name)
    }

    /// Answers at once; a stateful transport may close its stream first
    #[tool]
    async fn test_reconnection(&self) -> String {
        "Reconnection test completed.".to_owned()
    }
}
