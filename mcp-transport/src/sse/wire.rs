//! rmcp's view of a session's connection, for one call.

use std::future::{Ready, ready};

use futures_util::{FutureExt, future::Either};
use rmcp::{
    RoleServer,
    model::{JsonRpcMessage, ServerNotification},
    service::{RxJsonRpcMessage, TxJsonRpcMessage},
    transport::Transport,
};
use tokio::sync::mpsc;

use super::questions::joined;
use crate::dispatch::Capture;

/// What a call says goes to its own queue, from which the call moves it to the session's; what the
/// client answers comes from the session.
pub(super) struct Wire {
    pub(super) asker: u32,
    pub(super) speech: Capture,
    pub(super) answers: mpsc::Receiver<RxJsonRpcMessage<RoleServer>>,
}

impl Transport<RoleServer> for Wire {
    type Error = serde_json::Error;

    fn send(
        &mut self,
        mut message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.rename(&mut message);
        match serde_json::to_vec(&message) {
            Ok(encoded) => Either::Left(self.speech.queue(encoded.into()).map(Ok)),
            Err(error) => Either::Right(ready(Err(error))),
        }
    }

    fn receive(&mut self) -> impl Future<Output = Option<RxJsonRpcMessage<RoleServer>>> + Send {
        self.answers.recv()
    }

    fn close(&mut self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        let done: Ready<Result<(), Self::Error>> = ready(Ok(()));
        done
    }
}

impl Wire {
    /// Gives questions, and the withdrawal of one, the id under which the client knows them.
    fn rename(&self, message: &mut TxJsonRpcMessage<RoleServer>) {
        match message {
            JsonRpcMessage::Request(question) => {
                question.id = joined(self.asker, &question.id);
            }
            JsonRpcMessage::Notification(notification) => {
                if let ServerNotification::CancelledNotification(cancelled) =
                    &mut notification.notification
                    && let Some(id) = &mut cancelled.params.request_id
                {
                    *id = joined(self.asker, id);
                }
            }
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => {}
        }
    }
}
