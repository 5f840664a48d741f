#![expect(
    deprecated,
    reason = "2026-07-28 deprecates log messages, but clients still ask for them"
)]

use rmcp::{
    ErrorData,
    handler::server::common::{AsRequestContext, FromContextPart},
    model::{LoggingLevel, LoggingMessageNotification, LoggingMessageNotificationParam},
};
use serde_json::Value;

use super::speaker::Speaker;

/// Log messages for the caller of a tool, as an argument of the tool.
///
/// ```
/// use portcullis::prelude::*;
///
/// struct Importer;
///
/// #[mcp_server]
/// impl Importer {
///     /// Reads a file.
///     #[tool]
///     async fn import(&self, log: Log) -> String {
///         log.warning("two lines are not UTF-8 and were left out").await;
///         "98 lines".into()
///     }
/// }
/// ```
///
/// A message is sent only if the request names a level (`io.modelcontextprotocol/logLevel` in its
/// `_meta`) and the message is at least as grave. Revisions before 2026-07-28 set the level for a
/// session instead, which is not served: their clients get no messages.
///
/// The caller reads what you write here. What is for the operator goes to [`tracing`].
#[derive(Debug)]
pub struct Log {
    speaker: Speaker,
    threshold: Option<LoggingLevel>,
}

impl Log {
    /// Something that helps to find a fault.
    pub async fn debug(&self, message: impl Into<Value>) {
        self.send(LoggingLevel::Debug, message.into()).await;
    }

    /// Something that is as it should be.
    pub async fn info(&self, message: impl Into<Value>) {
        self.send(LoggingLevel::Info, message.into()).await;
    }

    /// Something that may be wrong.
    pub async fn warning(&self, message: impl Into<Value>) {
        self.send(LoggingLevel::Warning, message.into()).await;
    }

    /// Something that has failed.
    pub async fn error(&self, message: impl Into<Value>) {
        self.send(LoggingLevel::Error, message.into()).await;
    }

    async fn send(&self, level: LoggingLevel, message: Value) {
        let wanted = |threshold| level as u8 >= threshold as u8;
        if !self.threshold.is_some_and(wanted) {
            return;
        }
        let message = LoggingMessageNotificationParam::new(level, message);
        self.speaker
            .say(LoggingMessageNotification::new(message))
            .await;
    }
}

impl<C: AsRequestContext> FromContextPart<C> for Log {
    fn from_context_part(context: &mut C) -> Result<Self, ErrorData> {
        let context = context.as_request_context();
        Ok(Self {
            speaker: Speaker::of(context),
            threshold: context.meta.log_level(),
        })
    }
}
