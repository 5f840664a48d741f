//! Both on a Valkey or Redis server.

mod subscriber;

use std::{error::Error, fmt, sync::Arc};

use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt};
use http::uri::Authority;
use redis::{
    AsyncCommands, Client, IntoConnectionInfo, RedisResult, aio::ConnectionManager,
    io::tcp::TcpSettings,
};
use subscriber::{NotSubscribed, Subscriber, channel};
use thiserror::Error;
use tokio::{
    sync::Mutex,
    time::{Duration, Instant},
};

use super::{
    Directory, DirectoryError, EventBus, EventBusError, Events, Located, ReplicaName,
    directory::KEPT,
};

const REPLICA: &str = "portcullis:replica:";

/// A host that is gone acknowledges nothing. By itself Linux would go on sending for a quarter of an
/// hour before the connection counts as broken.
#[cfg(target_os = "linux")]
const GONE: Duration = Duration::from_secs(15);

/// Listeners that come while the server cannot be reached are told so without another attempt.
const RETRY: Duration = Duration::from_secs(1);

/// A Valkey or Redis server (feature `valkey`) as [`Directory`] and [`EventBus`].
///
/// Clones share two connections: one to say something, and, from the first [`subscribe`] on, one to
/// hear, whatever the number of listeners. A connection that breaks is made again when it is needed.
/// The streams of events end when theirs breaks, or when the server has not answered a `PING` for 5
/// seconds, since nobody knows what they have missed: subscribe again.
///
/// It holds no session and no credential: the addresses of replicas, each for 30 seconds, under
/// `portcullis:replica:<name>`, and events on the channels `portcullis:events:<topic>`. Whoever can
/// write to it can direct requests, with their credentials, to any address; so it must not be open to
/// others.
///
/// [`subscribe`]: EventBus::subscribe
#[derive(Clone)]
pub struct Valkey {
    client: Client,
    connection: ConnectionManager,
    subscriber: Arc<Mutex<Attempt>>,
}

/// The last attempt to connect to hear something.
enum Attempt {
    None,
    Connected(Subscriber),
    Failed(Instant),
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
    /// Connects to `redis://[:PASSWORD@]HOST[:PORT]`, or by TLS to `rediss://…`.
    ///
    /// The certificate's authority must be one that the operating system trusts, or be in the PEM
    /// file that the environment variable `SSL_CERT_FILE` names. That file replaces the operating
    /// system's authorities for the whole process, so a private authority is added to a copy of them.
    ///
    /// # Errors
    ///
    /// [`ValkeyError`], if the URL is none or the server does not answer.
    pub async fn connect(url: &str) -> Result<Self, ValkeyError> {
        let unreachable = |error: redis::RedisError| ValkeyError::Unreachable(error.into());
        let client = client(url).map_err(|_| ValkeyError::Url)?;
        let connection = client.get_connection_manager().await.map_err(unreachable)?;
        Ok(Self {
            client,
            connection,
            subscriber: Arc::new(Mutex::new(Attempt::None)),
        })
    }

    /// The one connection on which this process hears. Whoever comes while it is being made waits.
    async fn subscriber(&self) -> Result<Subscriber, NotSubscribed> {
        let mut last = self.subscriber.lock().await;
        match &*last {
            Attempt::Connected(subscriber) if !subscriber.is_broken() => {
                return Ok(subscriber.clone());
            }
            Attempt::Failed(when) if when.elapsed() < RETRY => return Err(NotSubscribed::Broken),
            _ => {}
        }
        let attempt = Subscriber::connect(&self.client).await;
        *last = match &attempt {
            Ok(subscriber) => Attempt::Connected(subscriber.clone()),
            Err(_) => Attempt::Failed(Instant::now()),
        };
        attempt
    }
}

fn client(url: &str) -> RedisResult<Client> {
    let tcp = TcpSettings::default().set_nodelay(true);
    #[cfg(target_os = "linux")]
    let tcp = tcp.set_user_timeout(GONE);
    Client::open(url.into_connection_info()?.set_tcp_settings(tcp))
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
                .publish(channel(topic), &*event)
                .await
                .map_err(EventBusError::new)
        }
        .boxed()
    }

    fn subscribe<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, Result<Events, EventBusError>> {
        async move { Ok(self.subscriber().await?.listen(topic).await?) }.boxed()
    }
}
