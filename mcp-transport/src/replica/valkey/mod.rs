//! Both on a Valkey or Redis server.

mod commands;
mod seals;
mod subscriber;

use std::{error::Error, fmt, sync::Arc};

use bytes::Bytes;
use commands::Commands;
use futures_util::future::{BoxFuture, FutureExt, TryFutureExt};
use http::uri::Authority;
use redis::{Client, Cmd, IntoConnectionInfo, RedisResult, io::tcp::TcpSettings};
use seals::About;
pub use seals::ReplicaKeys;
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

/// Listeners that come while the server cannot be reached are told so without another attempt.
const RETRY: Duration = Duration::from_secs(1);

/// A Valkey or Redis server (feature `valkey`) as [`Directory`] and [`EventBus`].
///
/// Clones share two connections: one to say something, and, from the first [`subscribe`] on, one to
/// hear, whatever the number of listeners. A connection that breaks, or on which the server does not
/// answer a command within half a second, is made again when it is needed. The streams of events end
/// when theirs breaks, or when the server has said nothing to a `PING`, which is noticed within 15
/// seconds, since nobody knows what they have missed: subscribe again.
///
/// It holds no session and no credential: the addresses of replicas, each for 30 seconds, under
/// `portcullis:replica:<name>`, and events on the channels `portcullis:events:<topic>`. Each is sealed by
/// [`ReplicaKeys`] (HMAC-SHA-256) for its name or topic, with the time, and is taken for a minute. So nobody
/// who can write there can direct requests, with their credentials, to an address of their choice; but they
/// can keep replicas from finding each other, and whoever can read there learns addresses and events.
///
/// [`subscribe`]: EventBus::subscribe
#[derive(Clone)]
pub struct Valkey {
    client: Client,
    commands: Commands,
    subscriber: Arc<Mutex<Attempt>>,
    keys: ReplicaKeys,
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
    /// Connects to `redis://[:PASSWORD@]HOST[:PORT]`, or by TLS to `rediss://…`. All replicas need the
    /// same `keys`, and clocks that differ by less than 30 seconds.
    ///
    /// The certificate's authority must be one that the operating system trusts, or be in the PEM
    /// file that the environment variable `SSL_CERT_FILE` names. That file replaces the operating
    /// system's authorities for the whole process, so a private authority is added to a copy of them.
    ///
    /// # Errors
    ///
    /// [`ValkeyError`], if the URL is none or the server does not answer.
    pub async fn connect(url: &str, keys: ReplicaKeys) -> Result<Self, ValkeyError> {
        let unreachable = |error: redis::RedisError| ValkeyError::Unreachable(error.into());
        let client = client(url).map_err(|_| ValkeyError::Url)?;
        let commands = Commands::connect(client.clone())
            .await
            .map_err(unreachable)?;
        Ok(Self {
            client,
            commands,
            subscriber: Arc::new(Mutex::new(Attempt::None)),
            keys,
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
        let attempt = Subscriber::connect(&self.client, self.keys.clone()).await;
        *last = match &attempt {
            Ok(subscriber) => Attempt::Connected(subscriber.clone()),
            Err(_) => Attempt::Failed(Instant::now()),
        };
        attempt
    }
}

fn client(url: &str) -> RedisResult<Client> {
    let tcp = TcpSettings::default().set_nodelay(true);
    Client::open(url.into_connection_info()?.set_tcp_settings(tcp))
}

fn key(replica: &ReplicaName) -> String {
    format!("{REPLICA}{replica}")
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
        let about = About::Replica(replica.as_str());
        let sealed = self.keys.seal(about, address.as_str().as_bytes());
        let command = Cmd::set_ex(key(replica), sealed, KEPT.as_secs());
        let registered = self.commands.run(command);
        registered.map_err(DirectoryError::new).boxed()
    }

    fn locate<'a>(&'a self, replica: &'a ReplicaName) -> BoxFuture<'a, Located> {
        async move {
            let located = self.commands.run(Cmd::get(key(replica)));
            let sealed: Option<Vec<u8>> = located.await.map_err(DirectoryError::new)?;
            let about = About::Replica(replica.as_str());
            sealed
                .map(|sealed| {
                    let address = self
                        .keys
                        .open(about, &sealed)
                        .map_err(DirectoryError::new)?;
                    Authority::try_from(address).map_err(DirectoryError::new)
                })
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
        let sealed = self.keys.seal(About::Topic(topic), &event);
        let published = self.commands.run(Cmd::publish(channel(topic), sealed));
        published.map_err(EventBusError::new).boxed()
    }

    fn subscribe<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, Result<Events, EventBusError>> {
        async move { Ok(self.subscriber().await?.listen(topic).await?) }.boxed()
    }
}
