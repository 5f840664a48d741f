use std::{borrow::Cow, sync::Arc};

use axum::body::Body;
use http::Response;
use portcullis_auth::{Challenge, Principal, ResourceIdentifier};
use portcullis_transport::{Call, Policy};

use super::{TaskIds, ToolTable, Verdict, note_refusal};

/// Refuses a call of a tool, or of a task that it began, before anything is dispatched: with the one
/// challenge that makes the client step up.
pub(crate) struct ScopePolicy {
    pub(crate) resource: ResourceIdentifier,
    pub(crate) tools: Arc<ToolTable>,
    pub(crate) task_ids: Arc<TaskIds>,
}

impl Policy for ScopePolicy {
    fn check(&self, call: &Call<'_>) -> Result<(), Response<Body>> {
        let caller = call.extensions.get::<Arc<Principal>>();
        let caller = caller.map(|caller| &**caller);
        let tool = match (call.method, call.name) {
            ("tools/call", Some(tool)) => Cow::Borrowed(tool),
            ("tasks/get" | "tasks/update" | "tasks/cancel", Some(id)) => {
                match self.task_ids.open(id, caller) {
                    Some(task) => Cow::Owned(task.tool),
                    None => return Ok(()),
                }
            }
            _ => return Ok(()),
        };
        let challenge = match self.tools.judge(&tool, caller) {
            // What does not exist is answered by the handler: -32602, and no word about scopes.
            Verdict::Allowed | Verdict::Unknown => return Ok(()),
            Verdict::Needs(scopes) => Challenge::insufficient_scope(&self.resource, scopes.clone())
                .with_description(format!("{tool} needs {scopes}")),
            Verdict::NoCaller => {
                Challenge::no_credential(&self.resource, self.tools.initial_scopes())
            }
        };
        let response = challenge.into_response();
        note_refusal(&tool, response.status());
        Err(response)
    }
}
