use std::future::ready;

use bytes::Bytes;
use futures_util::{FutureExt, future::Either};
use rmcp::{ErrorData, RoleServer, model::ServerNotification, service::TxJsonRpcMessage};
use tokio::sync::mpsc;

use super::capture::{Capture, encode};

/// Where a handler says something to the client of one request without a `Peer`.
///
/// A peer of rmcp comes with a task and several queues, which is much for a stream on which
/// nothing happens most of the time. A handler that answers [`PeerUse::Outlet`](crate::PeerUse) finds
/// this among the extensions of its `RequestContext`.
#[derive(Debug, Clone)]
pub struct Outlet(Capture);

impl Outlet {
    /// With room for so many messages.
    pub(crate) fn new(queue: usize) -> (Self, mpsc::Receiver<Bytes>) {
        let (sender, messages) = mpsc::channel(queue.max(1));
        (Self(Capture(sender)), messages)
    }

    /// Sends a notification, at once where there is room for it. Waits for the reader where too many wait already; a client that has
    /// gone is no error.
    ///
    /// # Errors
    ///
    /// The notification cannot be encoded.
    pub fn notify(
        &self,
        notification: ServerNotification,
    ) -> impl Future<Output = Result<(), ErrorData>> + Send + use<> {
        let message = TxJsonRpcMessage::<RoleServer>::notification(notification);
        match encode(&message) {
            Ok(encoded) => Either::Left(self.0.queue(encoded).map(Ok)),
            Err(error) => {
                let error = ErrorData::internal_error(error.to_string(), None);
                Either::Right(ready(Err(error)))
            }
        }
    }
}
