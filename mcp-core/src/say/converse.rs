//! A question to the user of a client that takes none as the result of a call: one of a revision
//! before 2026-07-28, over a connection that it can be asked on.
//!
//! The tool does not notice. It ends with its question, the server puts that to the client, and calls
//! the tool again with the answer and the sealed state, as a newer client does itself. So the one way
//! in which answers are checked is the one for both.

use std::sync::{Arc, OnceLock};

use rmcp::{
    ErrorData, Peer, RoleServer, ServerHandler,
    model::{
        CallToolRequest, CancelledNotification, CancelledNotificationParam, ClientRequest,
        ClientResult, ElicitRequest, RequestId, ServerRequest, ServerResult,
    },
    service::{PeerRequestOptions, RequestContext, Service, ServiceError},
};

use super::{
    ask::{QUESTION, Question, can_show_forms},
    is_modern,
    seal::LIFETIME,
};

/// Where a tool leaves its question.
#[derive(Debug, Clone, Default)]
pub(super) struct OpenQuestion(Arc<OnceLock<Question>>);

impl OpenQuestion {
    /// Leaves it, and gives what rmcp is told meanwhile. Nobody else is.
    pub(super) fn leave(&self, question: Question) -> ErrorData {
        // A call has one result, and with it one question.
        let _ = self.0.set(question);
        ErrorData::internal_error("the question was not put to the client", None)
    }
}

/// Whether the client must be asked on its connection, and can be.
pub(crate) fn converses(context: &RequestContext<RoleServer>) -> bool {
    !is_modern(context) && can_show_forms(context)
}

/// Calls a tool until it has no more questions.
pub(crate) async fn converse<H: ServerHandler>(
    handler: &H,
    mut call: CallToolRequest,
    context: RequestContext<RoleServer>,
) -> Result<ServerResult, ErrorData> {
    loop {
        let open = OpenQuestion::default();
        let mut turn = context.clone();
        turn.extensions.insert(open.clone());
        let request = ClientRequest::CallToolRequest(call.clone());
        let outcome = handler.handle_request(request, turn).await;
        let Some(Question { form, state }) = open.0.get().cloned() else {
            return outcome;
        };
        let answer = put(ElicitRequest::new(form), &context).await?;
        call.params.input_responses = Some([(QUESTION.to_owned(), answer)].into());
        call.params.request_state = Some(state);
    }
}

/// Asks, and waits as long as the state is good for. What comes back is looked at by the tool.
async fn put(
    question: ElicitRequest,
    context: &RequestContext<RoleServer>,
) -> Result<serde_json::Value, ErrorData> {
    let question = ServerRequest::ElicitRequest(question);
    let patience = PeerRequestOptions::with_timeout(LIFETIME);
    let asked = context.peer.send_request_with_option(question, patience);
    let asked = asked.await.map_err(|error| unanswered(&error))?;
    let id = asked.id.clone();
    let answer = tokio::select! {
        // A user may answer what the client has cancelled; then the tool must not act.
        biased;
        () = context.ct.cancelled() => {
            withdraw(id, &context.peer).await;
            return Err(given_up());
        }
        answer = asked.await_response() => answer.map_err(|error| unanswered(&error))?,
    };
    let ClientResult::ElicitResult(answer) = answer else {
        return Err(unanswered(&ServiceError::UnexpectedResponse));
    };
    serde_json::to_value(answer)
        .map_err(|_| ErrorData::invalid_request("the answer cannot be read", None))
}

/// Lets the client close the form.
async fn withdraw(question: RequestId, peer: &Peer<RoleServer>) {
    let reason = Some("the call was cancelled".to_owned());
    let withdrawn = CancelledNotificationParam::new(Some(question), reason);
    let withdrawn = CancelledNotification::new(withdrawn);
    // A client that has gone has closed it.
    let _ = peer.send_notification(withdrawn.into()).await;
}

fn unanswered(error: &ServiceError) -> ErrorData {
    tracing::debug!(?error, "a client did not answer a question to its user");
    ErrorData::invalid_request(
        "this tool asked its user something, and the client brought no answer: call it again",
        None,
    )
}

fn given_up() -> ErrorData {
    ErrorData::invalid_request("the call was cancelled", None)
}
