//! Tools that say something before they answer, or to whoever listens.

use std::time::Duration;

use rmcp::{
    ErrorData, RoleServer,
    model::{LoggingLevel, LoggingMessageNotificationParam, ProgressNotificationParam},
    service::RequestContext,
    tool, tool_router,
};
use tokio::time::sleep;

use crate::{Fixture, capabilities::wants_info, changes::Change};

/// Between two messages, so that a client sees them arrive one by one.
const PAUSE: Duration = Duration::from_millis(50);

#[tool_router(router = event_tools, vis = "pub(super)")]
impl Fixture {
    /// Sends three log messages while it works
    #[tool]
    async fn test_tool_with_logging(
        &self,
        context: RequestContext<RoleServer>,
    ) -> Result<String, ErrorData> {
        log(&context, "Tool execution started").await?;
        sleep(PAUSE).await;
        log(&context, "Tool processing data").await?;
        sleep(PAUSE).await;
        log(&context, "Tool execution completed").await?;
        Ok("The tool with logging has finished.".to_owned())
    }

    /// Sends one log message, if the request asks for logs
    #[tool]
    async fn test_logging_tool(
        &self,
        context: RequestContext<RoleServer>,
    ) -> Result<String, ErrorData> {
        log(&context, "Logged during a request").await?;
        Ok("The logging tool has finished.".to_owned())
    }

    /// Reports progress three times, if the request carries a token
    #[tool]
    async fn test_tool_with_progress(
        &self,
        context: RequestContext<RoleServer>,
    ) -> Result<String, ErrorData> {
        for step in [0.0, 50.0, 100.0] {
            if step > 0.0 {
                sleep(PAUSE).await;
            }
            progress(&context, step).await?;
        }
        Ok("The tool with progress has finished.".to_owned())
    }

    /// Tells subscribers that the list of tools has changed
    #[tool]
    async fn test_trigger_tool_change(&self) -> String {
        self.changes.publish(Change::Tools);
        "Subscribers were told that the tools changed.".to_owned()
    }

    /// Tells subscribers that the list of prompts has changed
    #[tool]
    async fn test_trigger_prompt_change(&self) -> String {
        self.changes.publish(Change::Prompts);
        "Subscribers were told that the prompts changed.".to_owned()
    }
}

async fn log(context: &RequestContext<RoleServer>, message: &str) -> Result<(), ErrorData> {
    if !wants_info(context) {
        return Ok(());
    }
    let params = LoggingMessageNotificationParam::new(LoggingLevel::Info, message.into());
    let sent = context.peer.notify_logging_message(params).await;
    sent.map_err(|error| ErrorData::internal_error(error.to_string(), None))
}

async fn progress(context: &RequestContext<RoleServer>, done: f64) -> Result<(), ErrorData> {
    let Some(token) = context.meta.get_progress_token() else {
        return Ok(());
    };
    let params = ProgressNotificationParam::new(token, done).with_total(100.0);
    let sent = context.peer.notify_progress(params).await;
    sent.map_err(|error| ErrorData::internal_error(error.to_string(), None))
}
