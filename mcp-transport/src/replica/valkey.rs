//! Both on a Valkey or Redis server.

use std::{error::Error, fmt};

use bytes::Bytes;
use futures_util::{
    StreamExt,
    future::{BoxFuture, FutureExt, ready},
};
use http::uri::Authority;
use redis::{AsyncCommands, Client, aio::ConnectionManager};
use thiserror::Error;

use super::{
    Directory, DirectoryError, EventBus, EventBusError, Events, Located, ReplicaName,
    directory::KEPT,
};

const REPLICA: &str = "portcullis:replica:";
const TOPIC: &str = "portcullis:events:";

/// A Valkey or Redis server (feature `valkey`) as [`Directory`] and [`EventBus`]. Clones share one
/// connection, which is made again when it breaks.
///
/// It holds no session and no credential: the addresses of replicas, each for 30 seconds, under
/// `portcullis:replica:<name>`, and events on the channels `portcullis:events:<topic>`. Whoever can
/// write to it can direct requests, with their credentials, to any address; so it must not be open to
/// others.
#[derive(Clone)]
pub struct Valkey {
    client: Client,
    connection: ConnectionManager,
}

/// The server cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ValkeyError {
    /// Not a `redis://` or `rediss://` URL. (The URL is not shown, since it may hold a password.)
    #[error("the URL of the Valkey server is none: write redis://HOST:PORT, or rediss:// for TLS")]
    Url,
    /// No connection, or a refused one.
    #[error("the Valkey server cannot be reached: {0}")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
}

impl Valkey {
    /// Connects to `redis://[:PASSWORD@]HOST[:PORT]`, or by TLS to `rediss://…`, whose certificate
    /// must be one that the operating system trusts.
    ///
    /// # Errors
    ///
    /// [`ValkeyError`], if the URL is none or the server does not answer.
    pub async fn connect(url: &str) -> Result<Self, ValkeyError> {
        let unreachable = |error: redis::RedisError| ValkeyError::Unreachable(error.into());
        let client = Client::open(url).map_err(|_| ValkeyError::Url)?;
        let connection = client.get_connection_manager().await.map_err(unreachable)?;
        Ok(Self { client, connection })
    }
}

impl fmt::Debug for Valkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Valkey").finish_non_exhaustive()
    }
}

impl Directory for Valkey {
    fn register<'a>(
        &'a self,
        replica: &'a ReplicaName,
        address: &'a Authority,
    ) -> BoxFuture<'a, Result<(), DirectoryError>> {
        let mut connection = self.connection.clone();
        async move {
            let key = format!("{REPLICA}{replica}");
            connection
                .set_ex(key, address.as_str(), KEPT.as_secs())
                .await
                .map_err(DirectoryError::new)
        }
        .boxed()
    }

    fn locate<'a>(&'a self, replica: &'a ReplicaName) -> BoxFuture<'a, Located> {
        let mut connection = self.connection.clone();
        async move {
            let address: Option<String> = connection
                .get(format!("{REPLICA}{replica}"))
                .await
                .map_err(DirectoryError::new)?;
            address
                .map(|address| address.parse().map_err(DirectoryError::new))
                .transpose()
        }
        .boxed()
    }
}

impl EventBus for Valkey {
    fn publish<'a>(
        &'a self,
        topic: &'a str,
        event: Bytes,
    ) -> BoxFuture<'a, Result<(), EventBusError>> {
        let mut connection = self.connection.clone();
        async move {
            connection
                .publish(format!("{TOPIC}{topic}"), &*event)
                .await
                .map_err(EventBusError::new)
        }
        .boxed()
    }

    fn subscribe<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, Result<Events, EventBusError>> {
        async move {
            let mut listener = self
                .client
                .get_async_pubsub()
                .await
                .map_err(EventBusError::new)?;
            listener
                .subscribe(format!("{TOPIC}{topic}"))
                .await
                .map_err(EventBusError::new)?;
            let events = listener.into_on_message().filter_map(|message| {
                ready(message.get_payload::<Vec<u8>>().ok().map(Bytes::from))
            });
            Ok(events.boxed())
        }
        .boxed()
    }
}
