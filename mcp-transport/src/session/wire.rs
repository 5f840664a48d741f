//! rmcp's view of a session's connection, for one peer.

use std::future::{Ready, ready};

use bytes::Bytes;
use futures_util::{FutureExt, future::Either};
use rmcp::{
    RoleServer,
    model::{JsonRpcMessage, ServerNotification},
    service::{RxJsonRpcMessage, TxJsonRpcMessage},
    transport::Transport,
};
use thiserror::Error;
use tokio::sync::mpsc;

use super::questions::joined;
use crate::dispatch::Capture;

/// What a peer says goes to its speech; what the client answers comes from the session.
pub(crate) struct Wire<S> {
    pub(crate) asker: u32,
    pub(crate) speech: S,
    pub(crate) answers: mpsc::Receiver<RxJsonRpcMessage<RoleServer>>,
}

/// Where messages to the client go.
pub(crate) trait Speech: Send + 'static {
    fn say(&mut self, message: Bytes)
    -> impl Future<Output = Result<(), Unheard>> + Send + 'static;
}

/// Nobody will read the message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unheard;

impl Speech for Capture {
    fn say(
        &mut self,
        message: Bytes,
    ) -> impl Future<Output = Result<(), Unheard>> + Send + 'static {
        self.queue(message).map(Ok)
    }
}

#[derive(Debug, Error)]
pub(crate) enum WireError {
    #[error("the message cannot be encoded: {0}")]
    Encode(#[from] serde_json::Error),
    #[error("the client does not read, so it cannot be asked anything")]
    Unheard,
}

impl<S: Speech> Transport<RoleServer> for Wire<S> {
    type Error = WireError;

    fn send(
        &mut self,
        mut message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), WireError>> + Send + 'static {
        self.rename(&mut message);
        let asks = matches!(message, JsonRpcMessage::Request(_));
        match serde_json::to_vec(&message) {
            Ok(encoded) => Either::Left(self.speech.say(encoded.into()).map(move |said| {
                match said {
                    // A question that nobody reads is never answered. With the rest, a reader that
                    // has gone is no error of the tool, which may still have work to finish.
                    Err(Unheard) if asks => Err(WireError::Unheard),
                    Ok(()) | Err(Unheard) => Ok(()),
                }
            })),
            Err(error) => Either::Right(ready(Err(error.into()))),
        }
    }

    fn receive(&mut self) -> impl Future<Output = Option<RxJsonRpcMessage<RoleServer>>> + Send {
        self.answers.recv()
    }

    fn close(&mut self) -> impl Future<Output = Result<(), WireError>> + Send {
        let done: Ready<Result<(), WireError>> = ready(Ok(()));
        done
    }
}

impl<S> Wire<S> {
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
