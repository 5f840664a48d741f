//! What all replicas should hear.

use bytes::Bytes;
use futures_util::{
    StreamExt,
    future::{BoxFuture, FutureExt, ready},
    stream::{self, BoxStream, Stream},
};
use thiserror::Error;
use tokio::sync::broadcast::{self, error::RecvError};

/// Tells something to every replica, such as that a resource has changed, so that each can tell the
/// clients that listen to it.
///
/// Delivery is at most once: whoever subscribes later misses events, and so does whoever lets more
/// than 1,024 of them wait.
pub trait EventBus: Send + Sync + 'static {
    /// Tells `event` to all subscribers of `topic`, this replica's own included.
    fn publish<'a>(
        &'a self,
        topic: &'a str,
        event: Bytes,
    ) -> BoxFuture<'a, Result<(), EventBusError>>;

    /// What is published on `topic` from now on.
    fn subscribe<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, Result<Events, EventBusError>>;
}

/// The events of a topic. The stream ends when the bus can no longer be heard: subscribe again.
pub type Events = BoxStream<'static, Bytes>;

/// The bus cannot be reached.
#[derive(Debug, Error)]
#[error("the event bus cannot be reached")]
pub struct EventBusError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl EventBusError {
    /// An error with its cause, which is logged and never sent.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// Events that wait for one listener; then it misses the oldest.
pub(super) const WAITING: usize = 1024;

/// A bus for replicas in one process. Clones are one bus.
#[derive(Debug, Clone)]
pub struct SharedEventBus(broadcast::Sender<(Box<str>, Bytes)>);

impl Default for SharedEventBus {
    fn default() -> Self {
        Self(broadcast::channel(WAITING).0)
    }
}

impl EventBus for SharedEventBus {
    fn publish<'a>(
        &'a self,
        topic: &'a str,
        event: Bytes,
    ) -> BoxFuture<'a, Result<(), EventBusError>> {
        // Nobody may be listening, which is no error.
        let _ = self.0.send((topic.into(), event));
        ready(Ok(())).boxed()
    }

    fn subscribe<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, Result<Events, EventBusError>> {
        let topic: Box<str> = topic.into();
        let events = heard(self.0.subscribe())
            .filter_map(move |(of, event)| ready((of == topic).then_some(event)));
        ready(Ok(events.boxed())).boxed()
    }
}

/// What a listener hears, until nobody can say anything any more.
pub(super) fn heard<T: Clone + Send + 'static>(
    receiver: broadcast::Receiver<T>,
) -> impl Stream<Item = T> + Send {
    stream::unfold(receiver, |mut receiver| async {
        loop {
            match receiver.recv().await {
                Ok(event) => return Some((event, receiver)),
                Err(RecvError::Lagged(missed)) => {
                    tracing::debug!(missed, "a listener is too slow for the event bus");
                }
                Err(RecvError::Closed) => return None,
            }
        }
    })
}
