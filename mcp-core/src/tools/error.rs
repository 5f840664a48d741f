use std::error::Error;

use portcullis_auth::{Entropy, OsEntropy};
use rmcp::{
    ErrorData,
    handler::server::tool::IntoCallToolResult,
    model::{CallToolResponse, CallToolResult, ContentBlock},
};

/// Why a tool failed: one text for the model, and a cause for the operator.
///
/// The model reads only what was written for it. `?` turns any error into a `ToolError` whose cause
/// goes to the log, under an id that the model is told:
///
/// ```
/// use portcullis::ToolError;
///
/// fn station(name: &str) -> Result<u16, ToolError> {
///     if name.is_empty() {
///         return Err(ToolError::new("`name` must not be empty")); // the model reads this
///     }
///     Ok(name.parse()?) // the model reads that it failed, the log says why
/// }
///
/// assert_eq!(station("").unwrap_err().message(), Some("`name` must not be empty"));
/// assert_eq!(station("x").unwrap_err().message(), None);
/// ```
///
/// What is no `std::error::Error` itself, such as `anyhow::Error` or a boxed error, is named with
/// [`with_cause`](Self::with_cause): `.map_err(|e| ToolError::new("try again later").with_cause(e))?`.
///
/// Either way the result is flagged `isError`, so that the model can try something else.
#[derive(Debug)]
pub struct ToolError {
    message: Option<String>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl ToolError {
    /// A failure that the model should read: say what went wrong and what to do instead.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: Some(message.into()),
            cause: None,
        }
    }

    /// Adds a cause for the log; the model keeps reading the message alone.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// What the model reads; `None` where it reads the general sentence.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for ToolError {
    fn from(cause: E) -> Self {
        Self {
            message: None,
            cause: Some(Box::new(cause)),
        }
    }
}

impl IntoCallToolResult for ToolError {
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        let id = error_id();
        if let Some(cause) = &self.cause {
            tracing::error!(error_id = %id, cause = chain(&**cause), "tool failed");
        }
        let text = self.message.unwrap_or_else(|| {
            format!(
                "The tool failed for a reason that is not yours to fix. The operator finds it in \
                 the log under error id {id}."
            )
        });
        Ok(CallToolResult::error(vec![ContentBlock::text(text)]).into())
    }
}

/// The error and what caused it, outermost first.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// Links a result with a log line. It guards nothing, so a failed generator costs only the link.
fn error_id() -> String {
    let mut bytes = [0; 8];
    match OsEntropy.fill(&mut bytes) {
        Ok(()) => format!("{:016x}", u64::from_be_bytes(bytes)),
        Err(_) => "unknown".to_owned(),
    }
}
