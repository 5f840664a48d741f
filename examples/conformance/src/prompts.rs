//! Prompts, and the completion of their arguments.

use rmcp::{
    ErrorData, RoleServer,
    model::{
        CompleteRequestParams, CompleteResult, CompletionInfo, ContentBlock,
        GetPromptRequestParams, GetPromptResponse, GetPromptResult, Prompt, PromptArgument,
        PromptMessage, ResourceContents, Role,
    },
    service::RequestContext,
};
use serde_json::json;

use crate::{
    media::RED_PIXEL_PNG,
    questions::{Answers, Questions},
};

const SIMPLE: &str = "test_simple_prompt";
const WITH_ARGUMENTS: &str = "test_prompt_with_arguments";
const WITH_RESOURCE: &str = "test_prompt_with_embedded_resource";
const WITH_IMAGE: &str = "test_prompt_with_image";
const WITH_QUESTION: &str = "test_input_required_result_prompt";

pub(crate) fn all() -> Vec<Prompt> {
    let required = |name: &str, description: &str| {
        PromptArgument::new(name)
            .with_description(description)
            .with_required(true)
    };
    vec![
        Prompt::new(SIMPLE, Some("A prompt without arguments"), None),
        Prompt::new(
            WITH_ARGUMENTS,
            Some("A prompt that repeats its two arguments"),
            Some(vec![
                required("arg1", "First test argument"),
                required("arg2", "Second test argument"),
            ]),
        ),
        Prompt::new(
            WITH_RESOURCE,
            Some("A prompt that embeds a resource"),
            Some(vec![required(
                "resourceUri",
                "URI of the resource to embed",
            )]),
        ),
        Prompt::new(WITH_IMAGE, Some("A prompt that shows an image"), None),
        Prompt::new(
            WITH_QUESTION,
            Some("A prompt that asks the user first"),
            None,
        ),
    ]
}

pub(crate) fn get(
    request: GetPromptRequestParams,
    context: &RequestContext<RoleServer>,
) -> Result<GetPromptResponse, ErrorData> {
    let argument = |name: &str| {
        request
            .arguments
            .as_ref()
            .and_then(|arguments| arguments.get(name)?.as_str())
            .ok_or_else(|| {
                ErrorData::invalid_params(format!("the argument `{name}` is required"), None)
            })
    };
    let messages = match request.name.as_str() {
        SIMPLE => vec![text("This is a simple prompt for testing.")],
        WITH_ARGUMENTS => {
            let (arg1, arg2) = (argument("arg1")?, argument("arg2")?);
            vec![text(&format!(
                "Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"
            ))]
        }
        WITH_RESOURCE => {
            let resource = ResourceContents::text(
                "Embedded resource content for testing.",
                argument("resourceUri")?,
            );
            vec![
                PromptMessage::new(Role::User, ContentBlock::resource(resource)),
                text("Please process the embedded resource above."),
            ]
        }
        WITH_IMAGE => {
            let image = ContentBlock::image(RED_PIXEL_PNG, "image/png");
            vec![
                PromptMessage::new(Role::User, image),
                text("Please analyze the image above."),
            ]
        }
        WITH_QUESTION => return ask_first(request, context),
        _ => return Err(ErrorData::invalid_params("Unknown prompt", None)),
    };
    Ok(GetPromptResult::new(messages).into())
}

fn ask_first(
    request: GetPromptRequestParams,
    context: &RequestContext<RoleServer>,
) -> Result<GetPromptResponse, ErrorData> {
    let answers = Answers::from(request.input_responses);
    let Some(given) = answers.field::<String>("user_context", "context") else {
        let questions = Questions::default().form(
            "user_context",
            "What context should the prompt use?",
            json!({ "context": { "type": "string" } }),
        )?;
        return Ok(questions.ask(context, None)?.into());
    };
    let message = text(&format!("Use this context: {given}"));
    Ok(GetPromptResult::new(vec![message]).into())
}

/// Completes any argument of [`WITH_ARGUMENTS`]; every other reference has nothing to offer.
pub(crate) fn complete(request: &CompleteRequestParams) -> Result<CompleteResult, ErrorData> {
    let offered: &[&str] = match request.r#ref.as_prompt_name() {
        Some(WITH_ARGUMENTS) => &["paris", "park", "party", "test", "testing"],
        _ => &[],
    };
    let values = offered
        .iter()
        .filter(|value| value.starts_with(&request.argument.value))
        .map(|value| (*value).to_owned())
        .collect();
    let completion = CompletionInfo::with_all_values(values)
        .map_err(|error| ErrorData::internal_error(error, None))?;
    Ok(CompleteResult::new(completion))
}

fn text(text: &str) -> PromptMessage {
    PromptMessage::new_text(Role::User, text)
}
