//! Tools of the tasks extension (SEP-2663).

use std::time::Duration;

use rmcp::{
    ErrorData, RoleServer,
    handler::server::{tool::InputResponses, wrapper::Parameters},
    model::{
        CallToolResponse, CallToolResult, ClientCapabilities, ContentBlock, CreateTaskResult,
        ElicitResult, InputRequest,
    },
    schemars,
    service::RequestContext,
    task_manager::{TaskContext, TaskExit, TaskFuture, TaskOptions},
    tool, tool_router,
};
use serde::Deserialize;
use serde_json::json;
use tokio::time::sleep;

use crate::{
    Fixture,
    capabilities::declared,
    questions::{Answers, Questions},
    schema,
};

/// How often a client should ask for a task, in milliseconds.
const POLL_MS: u64 = 100;

#[derive(Deserialize, schemars::JsonSchema)]
struct Computation {
    /// How long it takes; nothing, unless it is given
    #[serde(default)]
    seconds: u32,
    /// What the result is called
    #[serde(default)]
    label: String,
}

#[derive(Deserialize, schemars::JsonSchema)]
struct Deletion {
    /// What would be deleted
    #[serde(default = "nameless")]
    filename: String,
}

fn nameless() -> String {
    "untitled.txt".to_owned()
}

#[tool_router(router = task_tools, vis = "pub(super)")]
impl Fixture {
    /// Computes for a while: a task where the client knows tasks, else a slow call
    #[tool]
    async fn slow_compute(
        &self,
        Parameters(Computation { seconds, label }): Parameters<Computation>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResponse {
        let work = sleep(Duration::from_secs(seconds.into()));
        let result = text(format!("Computed {label} in {seconds} s"));
        if !declared(&context).supports_tasks() {
            work.await;
            return result.into();
        }
        self.spawn(|task| {
            Box::pin(async move {
                tokio::select! {
                    () = task.cancelled() => Err(TaskExit::Cancelled),
                    () = work => Ok(result),
                }
            })
        })
    }

    /// Fails after a second, in words for the model; always a task
    #[tool]
    async fn failing_job(
        &self,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        require_tasks(&context)?;
        Ok(self.spawn(|_| {
            Box::pin(async {
                sleep(Duration::from_secs(1)).await;
                Ok(CallToolResult::error(vec![ContentBlock::text(
                    "The job failed.",
                )]))
            })
        }))
    }

    /// Breaks down; always a task
    #[tool]
    async fn protocol_error_job(
        &self,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        require_tasks(&context)?;
        Ok(self.spawn(|_| {
            Box::pin(async { Err(ErrorData::internal_error("The job broke down.", None).into()) })
        }))
    }

    /// Asks before it would delete: inside a task where the client knows tasks, else in its result
    #[tool]
    async fn confirm_delete(
        &self,
        Parameters(Deletion { filename }): Parameters<Deletion>,
        InputResponses(responses): InputResponses,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let message = format!("Delete {filename}?");
        let properties = json!({ "confirm": { "type": "boolean" } });
        if declared(&context).supports_tasks() {
            let question = InputRequest::Elicitation(schema::elicitation(&message, properties)?);
            return Ok(self.spawn(|task| {
                Box::pin(async move {
                    let answer = accepted(&task, "confirm", question).await?;
                    Ok(text(format!("{filename}: {answer}")))
                })
            }));
        }
        let Some(confirmed) = Answers::from(responses).field::<bool>("confirm", "confirm") else {
            let questions = Questions::default().form("confirm", &message, properties)?;
            return Ok(questions.ask(&context, None)?.into());
        };
        Ok(text(format!("{filename}: confirmed={confirmed}")).into())
    }

    /// Asks two questions at once; always a task
    #[tool]
    async fn multi_input(
        &self,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        require_tasks(&context)?;
        let name = json!({ "name": { "type": "string" } });
        let confirm = json!({ "confirm": { "type": "boolean" } });
        let first = InputRequest::Elicitation(schema::elicitation("Who are you?", name)?);
        let second = InputRequest::Elicitation(schema::elicitation("Are you sure?", confirm)?);
        Ok(self.spawn(|task| {
            Box::pin(async move {
                let (first, second) = tokio::try_join!(
                    accepted(&task, "first", first),
                    accepted(&task, "second", second),
                )?;
                Ok(text(format!("{first}, {second}")))
            })
        }))
    }

    /// Asks in its result, and goes on as a task
    #[tool]
    async fn test_tool_with_task(
        &self,
        InputResponses(responses): InputResponses,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        require_tasks(&context)?;
        let Some(name) = Answers::from(responses).field::<String>("user_name", "name") else {
            let questions = Questions::default().form(
                "user_name",
                "What is your name?",
                json!({ "name": { "type": "string" } }),
            )?;
            return Ok(questions.ask(&context, None)?.into());
        };
        Ok(self.spawn(|_| Box::pin(async move { Ok(text(format!("Hello, {name}!"))) })))
    }
}

impl Fixture {
    fn spawn(&self, work: impl FnOnce(TaskContext) -> TaskFuture) -> CallToolResponse {
        let options = TaskOptions::new().with_poll_interval_ms(POLL_MS);
        CreateTaskResult::new(self.tasks.spawn(options, work)).into()
    }
}

/// Asks inside a task, and says what the user did.
async fn accepted(
    task: &TaskContext,
    key: &str,
    question: InputRequest,
) -> Result<&'static str, TaskExit> {
    let answer = task.request_input(key, question).await?;
    let answer: ElicitResult = serde_json::from_value(answer)
        .map_err(|error| ErrorData::invalid_params(error.to_string(), None))?;
    Ok(match answer.action {
        rmcp::model::ElicitationAction::Accept => "accepted",
        _ => "declined",
    })
}

/// Refuses a client that could not be given a task (-32021).
fn require_tasks(context: &RequestContext<RoleServer>) -> Result<(), ErrorData> {
    if declared(context).supports_tasks() {
        return Ok(());
    }
    let required = ClientCapabilities::builder().enable_tasks().build();
    Err(ErrorData::missing_required_client_capability(required))
}

fn text(text: String) -> CallToolResult {
    CallToolResult::success(vec![ContentBlock::text(text)])
}
