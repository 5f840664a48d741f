//! What a request is about, told apart by kind.

use rmcp::model::{ClientRequest, Reference};

/// The tool, prompt, resource or task that a request is about.
///
/// A prompt and a tool may have one name, so a policy that compared names alone would take one for
/// the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject<'a> {
    /// Nothing that has a name: lists, notifications, methods that the protocol does not know.
    Nothing,
    /// The tool of `tools/call`.
    Tool(&'a str),
    /// The prompt of `prompts/get`, or the one whose argument `completion/complete` completes.
    Prompt(&'a str),
    /// The URI of `resources/read`, `resources/subscribe`, `resources/unsubscribe`,
    /// `resources/directory/read` and `skills/get`; the URI template whose variable
    /// `completion/complete` completes.
    Resource(&'a str),
    /// The URIs that `subscriptions/listen` asks to hear of; perhaps none.
    Resources(&'a [String]),
    /// The id of the task of `tasks/get`, `tasks/update` and `tasks/cancel`.
    Task(&'a str),
}

impl<'a> Subject<'a> {
    /// What `request` is about.
    pub fn of(request: &'a ClientRequest) -> Self {
        match request {
            ClientRequest::CallToolRequest(call) => Self::Tool(&call.params.name),
            ClientRequest::GetPromptRequest(get) => Self::Prompt(&get.params.name),
            ClientRequest::ReadResourceRequest(read) => Self::Resource(&read.params.uri),
            ClientRequest::SubscribeRequest(subscribe) => Self::Resource(&subscribe.params.uri),
            ClientRequest::UnsubscribeRequest(end) => Self::Resource(&end.params.uri),
            ClientRequest::ReadResourceDirectoryRequest(read) => Self::Resource(&read.params.uri),
            ClientRequest::GetSkillRequest(get) => Self::Resource(&get.params.uri),
            ClientRequest::CompleteRequest(complete) => match &complete.params.r#ref {
                Reference::Prompt(prompt) => Self::Prompt(&prompt.name),
                Reference::Resource(template) => Self::Resource(&template.uri),
                // A kind that rmcp does not have yet: nothing of today's has a rule for it.
                _ => Self::Nothing,
            },
            ClientRequest::SubscriptionsListenRequest(listen) => {
                let uris = &listen.params.notifications.resource_subscriptions;
                Self::Resources(uris.as_deref().unwrap_or_default())
            }
            ClientRequest::GetTaskRequest(get) => Self::Task(&get.params.task_id),
            ClientRequest::UpdateTaskRequest(update) => Self::Task(&update.params.task_id),
            ClientRequest::CancelTaskRequest(cancel) => Self::Task(&cancel.params.task_id),
            _ => Self::Nothing,
        }
    }

    /// The one name, URI or id, if there is one: what `Mcp-Name` says.
    pub fn name(&self) -> Option<&'a str> {
        match *self {
            Self::Tool(name) | Self::Prompt(name) | Self::Resource(name) | Self::Task(name) => {
                Some(name)
            }
            Self::Nothing | Self::Resources(_) => None,
        }
    }
}
