use futures_util::FutureExt;
use portcullis_transport::Outlet;
use rmcp::{ErrorData, Peer, RoleServer, model::ServerNotification, service::RequestContext};

/// What notifications are said with: the outlet of its request where there is one, or its peer.
#[derive(Debug)]
pub(super) enum Speaker {
    Outlet(Outlet),
    Peer(Peer<RoleServer>),
}

impl Speaker {
    pub(super) fn of(context: &RequestContext<RoleServer>) -> Self {
        match context.extensions.get::<Outlet>() {
            Some(outlet) => Self::Outlet(outlet.clone()),
            None => Self::Peer(context.peer.clone()),
        }
    }

    /// A client that has gone is no error of an outlet; a peer may say so.
    pub(super) async fn notify(
        &self,
        notification: impl Into<ServerNotification>,
    ) -> Result<(), ErrorData> {
        match self {
            Self::Outlet(outlet) => outlet.notify(notification.into()).await,
            Self::Peer(peer) => {
                // Boxed, so that what has an outlet stays small.
                let notified = peer.send_notification(notification.into()).boxed().await;
                notified.map_err(|error| ErrorData::internal_error(error.to_string(), None))
            }
        }
    }

    /// The same for a tool, which may have work to finish when nobody listens any more.
    pub(super) async fn say(&self, notification: impl Into<ServerNotification>) {
        if let Err(error) = self.notify(notification).await {
            tracing::debug!(%error, "a notification found no reader");
        }
    }
}
