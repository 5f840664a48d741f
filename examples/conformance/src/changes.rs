//! Changes that `subscriptions/listen` streams hear of.

use rmcp::service::SubscriptionContext;
use tokio::sync::broadcast;

/// Something that a subscriber may want to know.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change {
    /// `notifications/tools/list_changed`
    Tools,
    /// `notifications/prompts/list_changed`
    Prompts,
}

/// Carries a [`Change`] to every open subscription; one that lags loses the oldest.
#[derive(Debug, Clone)]
pub(crate) struct Changes(broadcast::Sender<Change>);

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::Sender::new(16))
    }
}

impl Changes {
    pub(crate) fn publish(&self, change: Change) {
        // An error means that nobody listens.
        let _ = self.0.send(change);
    }

    /// Passes on what the subscription accepted, until its client goes away.
    pub(crate) async fn forward(&self, subscription: &SubscriptionContext) {
        let mut changes = self.0.subscribe();
        loop {
            let change = tokio::select! {
                () = subscription.cancelled() => return,
                change = changes.recv() => change,
            };
            let sink = subscription.sink();
            // The sink refuses what the client has not asked for.
            let _ = match change {
                Ok(Change::Tools) => sink.notify_tool_list_changed().await,
                Ok(Change::Prompts) => sink.notify_prompt_list_changed().await,
                Err(broadcast::error::RecvError::Lagged(_)) => continue,
                Err(broadcast::error::RecvError::Closed) => return,
            };
        }
    }
}
