use futures_util::{FutureExt, future::Either};
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

    /// A client that has gone is no error of an outlet; a peer may say so. What waits is small: it
    /// holds the encoded notification, or nothing.
    pub(super) fn notify(
        &self,
        notification: ServerNotification,
    ) -> impl Future<Output = Result<(), ErrorData>> + Send + use<> {
        match self {
            Self::Outlet(outlet) => Either::Left(outlet.notify(notification)),
            Self::Peer(peer) => Either::Right(tell(peer.clone(), notification).boxed()),
        }
    }

    /// The same for a tool, which may have work to finish when nobody listens any more.
    pub(super) async fn say(&self, notification: impl Into<ServerNotification>) {
        if let Err(error) = self.notify(notification.into()).await {
            tracing::debug!(error = error.to_string(), "a notification found no reader");
        }
    }
}

async fn tell(peer: Peer<RoleServer>, notification: ServerNotification) -> Result<(), ErrorData> {
    let told = peer.send_notification(notification).await;
    told.map_err(|error| ErrorData::internal_error(error.to_string(), None))
}
