use portcullis_auth::Principal;
use rmcp::{
    ErrorData,
    handler::server::{
        common::FromContextPart,
        tool::{IntoCallToolResult, ToolCallContext},
    },
    task_manager::TaskContext,
};

use super::{Tasks, table::Owner, tasks::client_knows_tasks};
use crate::{say::Turn, tools::principal};

/// Lets a tool do its work as a task, as an argument of the tool: the client gets an id at once, asks
/// for the result when it likes, and can cancel.
///
/// ```
/// use portcullis::prelude::*;
///
/// struct Studio;
///
/// #[mcp_server]
/// impl Studio {
///     /// Renders a film.
///     #[tool]
///     async fn render(&self, work: LongWork) -> Turn<Result<String, ToolError>> {
///         work.run(|running| async move {
///             for scene in 1..=3 {
///                 running.says(format!("scene {scene} of 3"));
///             }
///             Ok("rendered".into())
///         })
///         .await
///     }
/// }
/// ```
///
/// A client that has not declared the extension `io.modelcontextprotocol/tasks` waits for the same work
/// in its call.
///
/// A task belongs to the caller who began it (issuer, subject and client): nobody else can see that it
/// exists, and its caller needs the tool's scopes to ask for it. A server with such a tool needs
/// [`sealing_keys`](crate::McpServerBuilder::sealing_keys), unless it has no callers. Tasks are kept in
/// the memory of this process, within [`TaskLimits`](crate::TaskLimits), and end with it (a caller who begins
/// more pushes out its own oldest results); to another
/// replica they are unknown. For tasks that outlive a process, let the handler keep them in a store, with
/// rmcp's methods for tasks: their ids are sealed in the same way.
pub struct LongWork {
    tasks: Tasks,
    owner: Owner,
    as_task: bool,
}

/// The work that is being done.
#[derive(Clone)]
pub struct Running(Option<TaskContext>);

impl LongWork {
    /// Does `work`, as a task where the client knows tasks. A client that cancels has it dropped where
    /// it waits (at an `.await`).
    ///
    /// The result of the tool, also where too many tasks of the caller run, or the server has no room: then it says
    /// so.
    pub async fn run<R, F>(self, work: impl FnOnce(Running) -> F) -> Turn<R>
    where
        R: IntoCallToolResult,
        F: Future<Output = R> + Send + 'static,
    {
        if !self.as_task {
            return Turn::done(work(Running(None)).await);
        }
        Turn::later(
            self.tasks
                .begin(self.owner, |task| work(Running(Some(task)))),
        )
    }
}

impl Running {
    /// Says what happens now, in words for people; clients read it when they ask for the task.
    pub fn says(&self, message: impl Into<String>) {
        if let Some(task) = &self.0 {
            task.set_status_message(message);
        }
    }
}

impl<H> FromContextPart<ToolCallContext<'_, H>> for LongWork {
    fn from_context_part(context: &mut ToolCallContext<'_, H>) -> Result<Self, ErrorData> {
        let request = &context.request_context;
        let tasks = request.extensions.get::<Tasks>().cloned().ok_or_else(|| {
            tracing::error!(
                tool = &*context.name,
                "cannot begin a task: take `LongWork` directly as a parameter of the tool, on a server \
                 that portcullis's macros made"
            );
            ErrorData::internal_error("the server has no tasks", None)
        })?;
        Ok(Self {
            tasks,
            owner: principal(request).map(|caller| Principal::subject_key(caller)),
            as_task: client_knows_tasks(request).is_ok(),
        })
    }
}

impl std::fmt::Debug for LongWork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LongWork")
            .field("as_task", &self.as_task)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}
