//! The ids of tasks on their way in and out of a [`Guarded`] handler.

use std::sync::Arc;

use portcullis_auth::Principal;
use portcullis_transport::Subject;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{ClientRequest, ErrorCode, ServerResult},
    service::RequestContext,
};

use super::{Callers, Guarded, StartedTask, TaskIds, note_unknown};
use crate::{tools::principal, work::client_knows_tasks};

/// What a request has to do with tasks.
pub(super) enum TaskUse {
    Nothing,
    /// Its tool may begin one for this caller.
    MayBegin {
        tool: String,
        caller: Option<Arc<Principal>>,
    },
    /// It asks for the one with this id, as the client knows it.
    Asks {
        id: String,
    },
}

impl<H: ServerHandler> Guarded<H> {
    /// Puts the handler's id into a request for a task, or refuses it: as unknown, if it is not the
    /// caller's, and with the words of the tool, if the caller may no longer use that.
    pub(super) fn admit_task(
        &self,
        request: &mut ClientRequest,
        context: &RequestContext<RoleServer>,
    ) -> Result<TaskUse, ErrorData> {
        let id = match request {
            ClientRequest::CallToolRequest(call) => {
                return Ok(self.may_begin(&call.params.name, context));
            }
            ClientRequest::GetTaskRequest(get) => &mut get.params.task_id,
            ClientRequest::UpdateTaskRequest(update) => &mut update.params.task_id,
            ClientRequest::CancelTaskRequest(cancel) => &mut cancel.params.task_id,
            // What rmcp has no type for, such as a list of all tasks, cannot be told apart by caller.
            ClientRequest::CustomRequest(custom)
                if custom.method.starts_with("tasks/")
                    && self.access.callers == Callers::Authenticated =>
            {
                return Err(no_such_method("a method that cannot tell callers apart"));
            }
            _ => return Ok(TaskUse::Nothing),
        };
        let seal = match &self.access.task_ids {
            TaskIds::Plain => return Ok(TaskUse::Nothing),
            TaskIds::Absent => return Err(no_such_method("the server has no tasks")),
            TaskIds::Sealed(seal) => seal,
        };
        let caller = principal(context).map(|caller| &**caller);
        let Some(task) = seal.open(id, caller) else {
            note_unknown(Subject::Task(id), "no task of this caller has this id");
            return Err(unknown(context));
        };
        if let Some(refusal) = self.refusal(Subject::Tool(&task.tool), context) {
            return Err(refusal);
        }
        let id = std::mem::replace(id, task.id);
        Ok(TaskUse::Asks { id })
    }

    fn may_begin(&self, tool: &str, context: &RequestContext<RoleServer>) -> TaskUse {
        match &self.access.task_ids {
            TaskIds::Sealed(_) => TaskUse::MayBegin {
                tool: tool.to_owned(),
                caller: principal(context).cloned(),
            },
            TaskIds::Absent | TaskIds::Plain => TaskUse::Nothing,
        }
    }

    /// Puts the client's id into an answer about a task.
    pub(super) fn release_task(
        &self,
        answer: &mut ServerResult,
        task: TaskUse,
    ) -> Result<(), ErrorData> {
        match (answer, &self.access.task_ids, task) {
            (ServerResult::GetTaskResult(got), _, TaskUse::Asks { id }) => {
                got.task.task.task_id = id;
            }
            (_, TaskIds::Plain, _) => {}
            (
                ServerResult::CreateTaskResult(created),
                TaskIds::Sealed(seal),
                TaskUse::MayBegin { tool, caller },
            ) => {
                let id = &mut created.task.task_id;
                let task = StartedTask {
                    tool,
                    id: std::mem::take(id),
                };
                *id = seal.seal(&task, caller.as_deref()).map_err(|error| {
                    tracing::error!(
                        error = error.to_string(),
                        "a task that has begun is lost: its id cannot be sealed"
                    );
                    ErrorData::internal_error("the server cannot name this task", None)
                })?;
            }
            (ServerResult::CreateTaskResult(_), ..) => {
                tracing::error!(
                    "a task that has begun is lost: the server does not declare the tasks extension"
                );
                return Err(ErrorData::internal_error("the server has no tasks", None));
            }
            _ => {}
        }
        Ok(())
    }
}

fn no_such_method(why: &'static str) -> ErrorData {
    note_unknown(Subject::Task(""), why);
    ErrorData::new(ErrorCode::METHOD_NOT_FOUND, "method not found", None)
}

/// As for an id that nobody has made, whoever asks.
fn unknown(context: &RequestContext<RoleServer>) -> ErrorData {
    match client_knows_tasks(context) {
        Ok(()) => ErrorData::invalid_params("unknown task", None),
        Err(refusal) => refusal,
    }
}
