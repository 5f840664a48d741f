use std::{io, sync::Arc, time::Duration};

use tokio::{sync::Semaphore, time::sleep};

use super::{
    Listeners, addresses::Addresses, application::Application, closed::closed,
    connection::Connector,
};

/// How many connections there may be.
pub(super) struct Room {
    slots: Arc<Semaphore>,
    addresses: Option<Addresses>,
}

impl Room {
    pub(super) fn new(max_connections: usize, max_per_address: Option<usize>) -> Self {
        let slots = Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS));
        Self {
            slots: Arc::new(slots),
            addresses: max_per_address.map(Addresses::new),
        }
    }
}

/// Accepts for ever. The listeners are closed when this future is dropped.
pub(super) async fn accept<S>(mut listeners: Listeners, connector: &Connector<S>, room: Room)
where
    S: Application,
{
    // A slot first: what finds none stays in the backlog. There is one loop for all listeners, so
    // that the slot is the next connection's, wherever that comes from.
    while let Ok(slot) = room.slots.clone().acquire_owned().await {
        let (stream, peer) = match listeners.accept().await {
            Ok(accepted) => accepted,
            Err(error) if is_about_one_connection(&error) => continue,
            Err(error) => {
                // Out of file descriptors, most likely: some will be returned.
                tracing::warn!(
                    error = error.to_string(),
                    "cannot accept connections; trying again"
                );
                sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let place = match &room.addresses {
            None => None,
            Some(addresses) => match addresses.enter(peer.ip()) {
                Some(place) => Some(place),
                None => {
                    closed("too many from one address");
                    continue;
                }
            },
        };
        let connection = connector.connection(stream, peer);
        connector.connections.spawn(async move {
            connection.await;
            drop((slot, place));
        });
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
