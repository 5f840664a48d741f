//! Questions of running calls to the client: sampling, elicitation, roots.
//!
//! Every call that may ask has an rmcp peer of its own, and each of them numbers its requests from
//! zero. On the wire a question is `<call>-<number>`, so that an answer finds the call it belongs
//! to.

use std::{collections::HashMap, sync::Arc};

use rmcp::{
    RoleServer,
    model::{JsonRpcMessage, RequestId},
    service::RxJsonRpcMessage,
};
use tokio::sync::mpsc;

use super::lock::Locked;
use crate::envelope::Answer;

/// Answers that may wait for a call to look at them. It asks one question after the other.
const WAITING: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct Questions(Locked<State>);

#[derive(Debug, Default)]
struct State {
    next: u32,
    askers: HashMap<u32, mpsc::Sender<RxJsonRpcMessage<RoleServer>>>,
}

/// An answer, and the call that it may be for.
#[derive(Debug)]
pub(crate) struct ClientAnswer {
    asker: u32,
    message: RxJsonRpcMessage<RoleServer>,
}

impl ClientAnswer {
    /// `None` if its id is none of a question.
    pub(crate) fn read(answer: &Answer<'_>) -> Result<Option<Self>, serde_json::Error> {
        let Some((asker, id)) = split(&answer.id) else {
            return Ok(None);
        };
        let message = match answer.outcome {
            Ok(result) => JsonRpcMessage::response(serde_json::from_str(result.get())?, id),
            Err(error) => JsonRpcMessage::error(serde_json::from_str(error.get())?, Some(id)),
        };
        Ok(Some(Self { asker, message }))
    }
}

/// A call that may ask. It stops being one when this is dropped.
pub(crate) struct Asker<S: AsRef<Questions>> {
    session: Arc<S>,
    number: u32,
}

impl Questions {
    /// Hands an answer to the call that waits for it. One that comes late is nobody's.
    pub(crate) fn answer(&self, answer: ClientAnswer) {
        let ClientAnswer { asker, message } = answer;
        let asker = self.asker(asker);
        let delivered = asker.is_some_and(|asker| asker.try_send(message).is_ok());
        if !delivered {
            tracing::debug!("an answer that no call waits for is dropped");
        }
    }

    /// Hands over something that the client says unasked.
    pub(crate) async fn announce(&self, asker: u32, message: RxJsonRpcMessage<RoleServer>) {
        if let Some(asker) = self.asker(asker) {
            // One that has gone meanwhile does not want to know.
            let _ = asker.send(message).await;
        }
    }

    /// The name of somebody who may ask, and what they are answered.
    pub(crate) fn enlist(&self) -> (u32, mpsc::Receiver<RxJsonRpcMessage<RoleServer>>) {
        let (sender, answers) = mpsc::channel(WAITING);
        let mut state = self.0.lock();
        let number = state.next;
        state.next = number.wrapping_add(1);
        state.askers.insert(number, sender);
        (number, answers)
    }

    /// Nobody will answer any more: what waits fails.
    pub(crate) fn abandon(&self) {
        self.0.lock().askers.clear();
    }

    fn asker(&self, number: u32) -> Option<mpsc::Sender<RxJsonRpcMessage<RoleServer>>> {
        self.0.lock().askers.get(&number).cloned()
    }
}

impl<S: AsRef<Questions>> Asker<S> {
    pub(crate) fn new(session: Arc<S>) -> (Self, mpsc::Receiver<RxJsonRpcMessage<RoleServer>>) {
        let (number, answers) = (*session).as_ref().enlist();
        (Self { session, number }, answers)
    }

    pub(crate) fn number(&self) -> u32 {
        self.number
    }
}

impl<S: AsRef<Questions>> Drop for Asker<S> {
    fn drop(&mut self) {
        let questions = (*self.session).as_ref();
        questions.0.lock().askers.remove(&self.number);
    }
}

/// The id of a question as the client sees it.
pub(crate) fn joined(asker: u32, id: &RequestId) -> RequestId {
    RequestId::String(format!("{asker}-{id}").into())
}

fn split(id: &RequestId) -> Option<(u32, RequestId)> {
    let RequestId::String(id) = id else {
        return None;
    };
    let (asker, number) = id.split_once('-')?;
    Some((asker.parse().ok()?, RequestId::Number(number.parse().ok()?)))
}
