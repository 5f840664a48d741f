use std::{future::ready, panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use rmcp::{
    ErrorData, RoleServer,
    handler::server::tool::IntoCallToolResult,
    model::{
        CallToolResponse, CallToolResult, ClientCapabilities, ClientRequest, CreateTaskResult,
        GetTaskResult, JsonObject, ServerCapabilities, ServerResult, TASKS_EXTENSION_ID,
    },
    service::RequestContext,
    task_manager::{TaskContext, TaskExit, TaskManager, TaskOptions},
};

use super::{
    TaskLimits,
    table::{Full, Owner, Table},
};
use crate::{ToolError, say::is_modern};

/// The running and the finished tasks of one server, in the memory of this process.
#[derive(Clone)]
pub(crate) struct Tasks {
    table: Arc<Table>,
    limits: TaskLimits,
}

impl Tasks {
    pub(crate) fn new(limits: TaskLimits) -> Self {
        Self {
            table: Arc::default(),
            limits,
        }
    }

    /// Adds to what the handler says of itself.
    pub(crate) fn declare(capabilities: &mut ServerCapabilities) {
        let extensions = capabilities.extensions.get_or_insert_default();
        extensions.insert(TASKS_EXTENSION_ID.to_owned(), JsonObject::new());
    }

    /// Begins a task whose work ends when it is cancelled, and at the end of its lifetime: rmcp's manager
    /// looks for tasks that are too old only when it is asked for one, and a full server asks no more.
    pub(super) fn begin<F, R>(
        &self,
        owner: Owner,
        work: impl FnOnce(TaskContext) -> F,
    ) -> Result<CallToolResponse, ErrorData>
    where
        F: Future<Output = R> + Send + 'static,
        R: IntoCallToolResult,
    {
        let manager = TaskManager::new();
        let mut refused = None;
        let lifetime = self.limits.lifetime;
        let ttl = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX);
        let options = TaskOptions::new().with_ttl_ms(ttl);
        let task = manager.spawn(options, |task| {
            // Only here has it an id.
            let begun = (self.table).begin(task.task_id(), manager.clone(), owner, &self.limits);
            let running = match begun {
                Ok(running) => running,
                Err(full) => {
                    refused = Some(full);
                    return ready(Err(TaskExit::Cancelled)).boxed();
                }
            };
            let work = AssertUnwindSafe(work(task.clone())).catch_unwind();
            Box::pin(async move {
                let _running = running;
                tokio::select! {
                    () = task.cancelled() => Err(TaskExit::Cancelled),
                    result = work => settled(result.ok()),
                    () = tokio::time::sleep(lifetime) => Err(overdue().into()),
                }
            })
        });
        match refused {
            Some(full) => refusal(&full).into_call_tool_result(),
            None => Ok(CreateTaskResult::new(task).into()),
        }
    }

    /// Answers a request for a task, if `request` is one. Its id is the one that the manager knows.
    pub(crate) fn answer(
        &self,
        request: &ClientRequest,
        context: &RequestContext<RoleServer>,
    ) -> Option<Result<ServerResult, ErrorData>> {
        if is_for_task(request)
            && let Err(refusal) = client_knows_tasks(context)
        {
            return Some(Err(refusal));
        }
        let id = match request {
            ClientRequest::GetTaskRequest(get) => &get.params.task_id,
            ClientRequest::UpdateTaskRequest(update) => &update.params.task_id,
            ClientRequest::CancelTaskRequest(cancel) => &cancel.params.task_id,
            _ => return None,
        };
        let manager = self.table.manager(id, &self.limits);
        let answer = manager.and_then(|manager| ask(&manager, id, request));
        let answer = answer.ok_or_else(|| ErrorData::invalid_params("unknown task", None));
        Some(answer.map(|mut answer| {
            if !is_modern(context) {
                answer.strip_result_type_for_legacy_peer();
            }
            answer
        }))
    }
}

/// `None`, if the manager has forgotten the task.
fn ask(manager: &TaskManager, id: &str, request: &ClientRequest) -> Option<ServerResult> {
    let answer = match request {
        ClientRequest::UpdateTaskRequest(update) => manager
            .update_task(id, update.params.input_responses.clone())
            .map(ServerResult::task_ack),
        ClientRequest::CancelTaskRequest(_) => manager.cancel_task(id).map(ServerResult::task_ack),
        _ => (manager.get_task(id)).map(|task| GetTaskResult::new(task).into()),
    };
    answer.ok()
}

fn is_for_task(request: &ClientRequest) -> bool {
    matches!(
        request,
        ClientRequest::GetTaskRequest(_)
            | ClientRequest::UpdateTaskRequest(_)
            | ClientRequest::CancelTaskRequest(_)
    )
}

/// # Errors
///
/// -32021: the client has not declared the extension.
pub(crate) fn client_knows_tasks(context: &RequestContext<RoleServer>) -> Result<(), ErrorData> {
    let client = context.client_capabilities().unwrap_or_default();
    if client.supports_tasks() {
        return Ok(());
    }
    let tasks = ClientCapabilities::builder().enable_tasks().build();
    Err(ErrorData::missing_required_client_capability(tasks))
}

/// How a task ends; `None` if its work has panicked.
fn settled<R: IntoCallToolResult>(result: Option<R>) -> Result<CallToolResult, TaskExit> {
    let Some(result) = result else {
        tracing::error!("the work of a task panicked; the client is told of an internal error");
        return Err(ErrorData::internal_error("internal error", None).into());
    };
    match result.into_call_tool_result()? {
        CallToolResponse::Complete(result) => Ok(result),
        _ => Err(ErrorData::internal_error("a task cannot end with a question", None).into()),
    }
}

fn overdue() -> ErrorData {
    tracing::warn!("the work of a task was ended: it took longer than `TaskLimits::lifetime`");
    ErrorData::internal_error("the work took longer than the task's ttlMs", None)
}

fn refusal(full: &Full) -> ToolError {
    ToolError::new(match full {
        Full::Owner => {
            "You have too many tasks that run. Wait until one of them has ended, and begin this one then."
        }
        Full::Server => "The server has too many tasks. Try again later.",
    })
}
