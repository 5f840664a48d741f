//! Tools that ask the client in a request of their own, as before 2026-07-28. They need a session:
//! a client without one, or of 2026-07-28, gets an error.

use rmcp::{
    ErrorData, RoleServer, ServiceError,
    handler::server::wrapper::Parameters,
    model::{CreateMessageRequestParams, ElicitResult, SamplingMessage},
    schemars,
    service::RequestContext,
    tool, tool_router,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Fixture, schema};

#[derive(Deserialize, schemars::JsonSchema)]
struct Prompt {
    /// What the client's model is asked
    prompt: String,
}

#[derive(Deserialize, schemars::JsonSchema)]
struct Message {
    /// What the user is told
    message: String,
}

#[tool_router(router = asking_tools, vis = "pub(super)")]
impl Fixture {
    /// Asks the client's model
    #[tool]
    async fn test_sampling(
        &self,
        Parameters(Prompt { prompt }): Parameters<Prompt>,
        context: RequestContext<RoleServer>,
    ) -> Result<String, ErrorData> {
        let params = CreateMessageRequestParams::new(vec![SamplingMessage::user_text(prompt)], 100);
        let answer = context.peer.create_message(params).await.map_err(unasked)?;
        let content = answer.message.content.into_vec();
        let text = content.iter().find_map(|block| block.as_text());
        let text = text.map_or("(no text)", |text| text.text.as_str());
        Ok(format!("LLM response: {text}"))
    }

    /// Asks the user for a name and an e-mail address
    #[tool]
    async fn test_elicitation(
        &self,
        Parameters(Message { message }): Parameters<Message>,
        context: RequestContext<RoleServer>,
    ) -> Result<String, ErrorData> {
        let properties = json!({
            "username": { "type": "string", "description": "User's response" },
            "email": { "type": "string", "description": "User's email address" },
        });
        let answer = elicit(&context, &message, properties).await?;
        Ok(format!("User response: {answer}"))
    }

    /// Asks with a default for each primitive type (SEP-1034)
    #[tool]
    async fn test_elicitation_sep1034_defaults(
        &self,
        context: RequestContext<RoleServer>,
    ) -> Result<String, ErrorData> {
        let properties = json!({
            "name": { "type": "string", "default": "John Doe" },
            "age": { "type": "integer", "default": 30 },
            "score": { "type": "number", "default": 95.5 },
            "status": {
                "type": "string",
                "enum": ["active", "inactive", "pending"],
                "default": "active",
            },
            "verified": { "type": "boolean", "default": true },
        });
        let answer = elicit(&context, "Please review the defaults", properties).await?;
        Ok(format!("Elicitation completed: {answer}"))
    }

    /// Asks with each kind of enumeration (SEP-1330)
    #[tool]
    async fn test_elicitation_sep1330_enums(
        &self,
        context: RequestContext<RoleServer>,
    ) -> Result<String, ErrorData> {
        let plain = ["option1", "option2", "option3"];
        let titled = json!([
            { "const": "value1", "title": "First Option" },
            { "const": "value2", "title": "Second Option" },
            { "const": "value3", "title": "Third Option" },
        ]);
        let properties = json!({
            "untitledSingle": { "type": "string", "enum": plain },
            "titledSingle": { "type": "string", "oneOf": titled },
            "legacyEnum": {
                "type": "string",
                "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"],
            },
            "untitledMulti": { "type": "array", "items": { "type": "string", "enum": plain } },
            "titledMulti": { "type": "array", "items": { "anyOf": titled } },
        });
        let answer = elicit(&context, "Please choose", properties).await?;
        Ok(format!("Elicitation completed: {answer}"))
    }
}

async fn elicit(
    context: &RequestContext<RoleServer>,
    message: &str,
    properties: Value,
) -> Result<String, ErrorData> {
    let params = schema::form(message, properties)?;
    let asked = context.peer.create_elicitation(params).await;
    let ElicitResult {
        action, content, ..
    } = asked.map_err(unasked)?;
    let action = serde_json::to_value(action).unwrap_or_default();
    let content = content.unwrap_or_default();
    Ok(format!(
        "action={}, content={content}",
        action.as_str().unwrap_or_default()
    ))
}

fn unasked(error: ServiceError) -> ErrorData {
    ErrorData::internal_error(format!("the client could not be asked: {error}"), None)
}
