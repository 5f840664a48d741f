use rmcp::{
    ErrorData,
    handler::server::tool::IntoCallToolResult,
    model::{CallToolResponse, InputRequiredResult},
};

use super::ask::{Question, Way};

/// The result of a tool that may not be done yet: the tool's own result, the question that
/// [`Ask::user`](super::Ask::user) makes, or the task that [`LongWork::run`](crate::LongWork::run) begins.
#[derive(Debug)]
pub struct Turn<R>(Outcome<R>);

#[derive(Debug)]
enum Outcome<R> {
    Done(R),
    Asking(Question, Way),
    CannotAsk(ErrorData),
    /// A task, or why there is none.
    Later(Result<CallToolResponse, ErrorData>),
}

impl<R> Turn<R> {
    /// The tool is done.
    pub fn done(result: impl Into<R>) -> Self {
        Self(Outcome::Done(result.into()))
    }

    pub(crate) fn later(answer: Result<CallToolResponse, ErrorData>) -> Self {
        Self(Outcome::Later(answer))
    }

    pub(super) fn asking(question: Result<(Question, Way), ErrorData>) -> Self {
        Self(match question {
            Ok((question, way)) => Outcome::Asking(question, way),
            Err(error) => Outcome::CannotAsk(error),
        })
    }
}

impl<R: IntoCallToolResult> IntoCallToolResult for Turn<R> {
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        match self.0 {
            Outcome::Done(result) => result.into_call_tool_result(),
            Outcome::Asking(question, Way::Result) => {
                Ok(InputRequiredResult::from(question).into())
            }
            Outcome::Asking(question, Way::Connection(open)) => Err(open.leave(question)),
            Outcome::CannotAsk(error) => Err(error),
            Outcome::Later(answer) => answer,
        }
    }
}
