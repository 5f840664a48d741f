//! What a handler says before its result, on the way to the event stream.

use std::future::{Ready, ready};

use bytes::Bytes;
use futures_util::{FutureExt, future::Either};
use rmcp::{
    RoleServer,
    service::{RxJsonRpcMessage, TxJsonRpcMessage},
    transport::Transport,
};
use thiserror::Error;
use tokio::sync::mpsc::{self, error::TrySendError};

/// A transport without a client behind it: it hands encoded messages to one response.
#[derive(Debug, Clone)]
pub(crate) struct Capture(pub(crate) mpsc::Sender<Bytes>);

#[derive(Debug, Error)]
pub(crate) enum CaptureError {
    #[error(
        "this connection keeps no session, so the client cannot be asked anything; \
         clients of 2026-07-28 are asked by an InputRequiredResult"
    )]
    NoSession,
    #[error("the message cannot be encoded: {0}")]
    Encode(#[from] serde_json::Error),
}

impl Capture {
    /// Queues at once where there is room, so that messages keep the order in which they were sent;
    /// behind a full queue the sender waits for the reader.
    pub(crate) fn queue(&self, encoded: Bytes) -> impl Future<Output = ()> + Send + use<> {
        match self.0.try_send(encoded) {
            // A reader that has gone is no error of the tool, which may still have work to finish.
            Ok(()) | Err(TrySendError::Closed(_)) => Either::Left(ready(())),
            Err(TrySendError::Full(encoded)) => {
                let queue = self.0.clone();
                Either::Right(async move {
                    let _ = queue.send(encoded).await;
                })
            }
        }
    }
}

impl Transport<RoleServer> for Capture {
    type Error = CaptureError;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), CaptureError>> + Send + 'static {
        match encode(&message) {
            Ok(encoded) => Either::Left(self.queue(encoded).map(Ok)),
            Err(error) => Either::Right(ready(Err(error))),
        }
    }

    fn receive(&mut self) -> impl Future<Output = Option<RxJsonRpcMessage<RoleServer>>> + Send {
        std::future::pending()
    }

    fn close(&mut self) -> impl Future<Output = Result<(), CaptureError>> + Send {
        let done: Ready<Result<(), CaptureError>> = ready(Ok(()));
        done
    }
}

pub(super) fn encode(message: &TxJsonRpcMessage<RoleServer>) -> Result<Bytes, CaptureError> {
    if matches!(message, TxJsonRpcMessage::<RoleServer>::Request(_)) {
        return Err(CaptureError::NoSession);
    }
    Ok(serde_json::to_vec(message)?.into())
}
