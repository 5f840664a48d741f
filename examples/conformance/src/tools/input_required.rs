//! Tools that ask in their result (SEP-2322) and answer when the client calls them again.

use rmcp::{
    ErrorData, RoleServer,
    handler::server::tool::{InputResponses, RequestState},
    model::{CallToolResponse, CallToolResult, ContentBlock, ErrorCode, SealOptions},
    service::RequestContext,
    tool, tool_router,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Fixture,
    capabilities::declared,
    questions::{Answers, Questions},
};

type Context = RequestContext<RoleServer>;

/// What a tool remembers between two rounds; it travels sealed through the client.
#[derive(Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
enum Progress {
    Asked,
    Named { name: String },
}

#[tool_router(router = input_required_tools, vis = "pub(super)")]
impl Fixture {
    /// Asks the user's name and greets
    #[tool]
    async fn test_input_required_result_elicitation(
        &self,
        InputResponses(responses): InputResponses,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        greet(responses.into(), &context)
    }

    /// Asks the client's model
    #[tool]
    async fn test_input_required_result_sampling(
        &self,
        InputResponses(responses): InputResponses,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        let key = "capital_question";
        let Some(text) = Answers::from(responses).text(key) else {
            let questions =
                Questions::default().sampling(key, "What is the capital of France?", 100);
            return Ok(questions.ask(&context, None)?.into());
        };
        Ok(answer(text))
    }

    /// Asks for the client's roots
    #[tool]
    async fn test_input_required_result_list_roots(
        &self,
        InputResponses(responses): InputResponses,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        let key = "client_roots";
        let Some(roots) = Answers::from(responses).roots(key) else {
            return Ok(Questions::default().roots(key).ask(&context, None)?.into());
        };
        Ok(answer(format!("Roots: {}", roots.join(", "))))
    }

    /// Asks for a confirmation and checks that its state came back
    #[tool]
    async fn test_input_required_result_request_state(
        &self,
        InputResponses(responses): InputResponses,
        RequestState(state): RequestState,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        self.confirm(
            "test_input_required_result_request_state",
            responses.into(),
            state,
            &context,
        )
    }

    /// The same, called with a state that was tampered with
    #[tool]
    async fn test_input_required_result_tampered_state(
        &self,
        InputResponses(responses): InputResponses,
        RequestState(state): RequestState,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        self.confirm(
            "test_input_required_result_tampered_state",
            responses.into(),
            state,
            &context,
        )
    }

    /// Asks three things at once: the user, the model and the roots
    #[tool]
    async fn test_input_required_result_multiple_inputs(
        &self,
        InputResponses(responses): InputResponses,
        RequestState(state): RequestState,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        let tool = "test_input_required_result_multiple_inputs";
        self.open(tool, state)?;
        let answers = Answers::from(responses);
        let name = answers.field::<String>("user_name", "name");
        let (Some(name), Some(greeting), Some(roots)) = (
            name,
            answers.text("greeting"),
            answers.roots("client_roots"),
        ) else {
            let questions = name_form("user_name", "What is your name?")?
                .sampling("greeting", "Generate a greeting", 50)
                .roots("client_roots");
            let state = self.seal(tool, &Progress::Asked)?;
            return Ok(questions.ask(&context, Some(state))?.into());
        };
        Ok(answer(format!(
            "{greeting} {name}, with {} roots",
            roots.len()
        )))
    }

    /// Asks two questions, one after the other
    #[tool]
    async fn test_input_required_result_multi_round(
        &self,
        InputResponses(responses): InputResponses,
        RequestState(state): RequestState,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        let tool = "test_input_required_result_multi_round";
        let answers = Answers::from(responses);
        let named = match self.open(tool, state)? {
            Some(Progress::Named { name }) => Some(name),
            Some(Progress::Asked) => answers.field("step1", "name"),
            None => None,
        };
        let Some(name) = named else {
            let questions = name_form("step1", "Step 1: What is your name?")?;
            let state = self.seal(tool, &Progress::Asked)?;
            return Ok(questions.ask(&context, Some(state))?.into());
        };
        let Some(color) = answers.field::<String>("step2", "color") else {
            let questions = Questions::default().form(
                "step2",
                "Step 2: What is your favorite color?",
                json!({ "color": { "type": "string" } }),
            )?;
            let state = self.seal(tool, &Progress::Named { name })?;
            return Ok(questions.ask(&context, Some(state))?.into());
        };
        Ok(answer(format!("{name} likes {color}.")))
    }

    /// Asks whatever the client can answer
    #[tool]
    async fn test_input_required_result_capabilities(
        &self,
        InputResponses(responses): InputResponses,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        let answers = Answers::from(responses);
        let answered = answers
            .text("model")
            .or_else(|| answers.field("user_name", "name"));
        if let Some(answered) = answered {
            return Ok(answer(answered));
        }
        let capabilities = declared(&context);
        let mut questions = Questions::default();
        if capabilities.sampling.is_some() {
            questions = questions.sampling("model", "Say hello", 50);
        }
        if capabilities.elicitation.is_some() {
            questions = questions.form(
                "user_name",
                "What is your name?",
                json!({ "name": { "type": "string" } }),
            )?;
        }
        Ok(questions.ask(&context, None)?.into())
    }

    /// Needs a client that samples, and is called by one that does not
    #[tool]
    async fn test_missing_capability(
        &self,
        InputResponses(responses): InputResponses,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(text) = Answers::from(responses).text("model") else {
            let questions = Questions::default().sampling("model", "Say hello", 50);
            return Ok(questions.ask(&context, None)?.into());
        };
        Ok(answer(text))
    }

    /// Asks while a stream may be open: in its result, never as a request
    #[tool]
    async fn test_streaming_elicitation(
        &self,
        InputResponses(responses): InputResponses,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        greet(responses.into(), &context)
    }
}

impl Fixture {
    fn confirm(
        &self,
        tool: &str,
        answers: Answers,
        state: Option<String>,
        context: &Context,
    ) -> Result<CallToolResponse, ErrorData> {
        let opened = self.open(tool, state)?;
        let confirmed = answers.field::<bool>("confirm", "ok");
        if let (Some(_), Some(ok)) = (opened, confirmed) {
            return Ok(answer(format!("state-ok, confirmed: {ok}")));
        }
        let questions = Questions::default().form(
            "confirm",
            "Please confirm",
            json!({ "ok": { "type": "boolean" } }),
        )?;
        let state = self.seal(tool, &Progress::Asked)?;
        Ok(questions.ask(context, Some(state))?.into())
    }

    /// Seals `progress` for one tool: no other tool opens it.
    fn seal(&self, tool: &str, progress: &Progress) -> Result<String, ErrorData> {
        let options = SealOptions::new().associated_data(tool.as_bytes());
        self.state
            .seal_json_with(progress, &options)
            .map_err(|error| ErrorData::internal_error(error.to_string(), None))
    }

    /// Opens the state that the client sent back; one that was changed is refused.
    fn open(&self, tool: &str, state: Option<String>) -> Result<Option<Progress>, ErrorData> {
        let Some(state) = state else {
            return Ok(None);
        };
        let opened = self.state.open_json_with(&state, tool.as_bytes());
        opened.map(Some).map_err(|_| {
            ErrorData::new(
                ErrorCode::INVALID_PARAMS,
                "requestState is not what this server issued; call again without it",
                None,
            )
        })
    }
}

fn greet(answers: Answers, context: &Context) -> Result<CallToolResponse, ErrorData> {
    let Some(name) = answers.field::<String>("user_name", "name") else {
        let questions = name_form("user_name", "What is your name?")?;
        return Ok(questions.ask(context, None)?.into());
    };
    Ok(answer(format!("Hello, {name}!")))
}

fn name_form(key: &str, message: &str) -> Result<Questions, ErrorData> {
    let properties = json!({ "name": { "type": "string" } });
    Questions::default().form(key, message, properties)
}

fn answer(text: impl Into<String>) -> CallToolResponse {
    CallToolResult::success(vec![ContentBlock::text(text)]).into()
}
