//! An accept loop that is bounded and that drains.
//!
//! HTTP/1.1 and HTTP/2 on one port, in cleartext or over TLS. `axum::serve` has no header timeout, no
//! cap and no deadline for a drain, so this one stands on hyper directly:
//!
//! 1. A connection beyond the cap waits in the listener's backlog; one beyond an address' cap is
//!    closed.
//! 2. A client must send its first bytes, and every request's head once that has begun, within the
//!    header timeout; a head has 64 KiB at most. After the idle timeout a connection is closed that has
//!    not been used, whose client takes nothing of what
//!    it is sent, or stops in the middle of a body. A stream of HTTP/2 is reset alone when its client
//!    gives it no window for so long. The last 64 KiB of a response escape that when some of them
//!    have left: the rest waits for as long as another stream keeps the connection in use. A
//!    connection has 200 streams.
//! 3. On shutdown no connection is accepted any more, idle ones are closed, running requests are
//!    answered, and calls whose clients have gone are finished. What is left after the grace period is
//!    cut off.
//! 4. An event stream of HTTP/1.1 that waits is held without hyper's buffers, so that thousands of clients
//!    may listen.

mod accept;
mod addresses;
mod application;
mod arriving;
mod chunked;
mod closed;
mod connection;
mod flow;
mod http1;
mod http2;
mod leaving;
mod listeners;
mod loan;
mod patience;
mod protocol;
mod shutdown;
mod streams;
#[cfg(feature = "tls")]
mod tls;
mod wire;

use std::{convert::Infallible, fmt, io, time::Duration};

use axum::body::Body;
use http::{Request, Response};
use thiserror::Error;
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_service::Service;

use accept::{Room, accept};
use connection::Connector;
pub use listeners::Listeners;
pub use shutdown::Shutdown;
pub(crate) use shutdown::spawn_unattended;
#[cfg(feature = "tls")]
pub use tls::{Tls, TlsError};

use crate::time::NEVER;

/// Why a server could not run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The handlers for SIGTERM and SIGINT cannot be installed.
    #[error("cannot listen for signals: {0}")]
    Signals(#[source] io::Error),
    /// A bound on the connections is 0.
    #[error(
        "a server with room for no connection serves nobody; set max_connections and \
         max_connections_per_address to 1 at least"
    )]
    NoRoom,
}

/// Serves `service` on `listeners` until `shutdown`, with the defaults of [`Server`].
///
/// ```no_run
/// use portcullis_transport::{Shutdown, health, serve};
/// use tokio::net::TcpListener;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let listeners = [
///     TcpListener::bind("127.0.0.1:8080").await?,
///     TcpListener::bind("[::1]:8080").await?,
/// ];
/// serve(listeners, health("weather"), Shutdown::on_signals()).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`ServeError`], before anything is served.
pub async fn serve<S>(
    listeners: impl Into<Listeners>,
    service: S,
    shutdown: Shutdown,
) -> Result<(), ServeError>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    Server::new(listeners).serve(service, shutdown).await
}

/// How connections are accepted, bounded and ended.
pub struct Server {
    listeners: Listeners,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
    header_timeout: Duration,
    idle_timeout: Duration,
    max_connections: usize,
    max_connections_per_address: Option<usize>,
    grace: Duration,
}

impl Server {
    /// A server on these listeners, with the default bounds.
    pub fn new(listeners: impl Into<Listeners>) -> Self {
        Self {
            listeners: listeners.into(),
            #[cfg(feature = "tls")]
            tls: None,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(65),
            max_connections: 10_000,
            max_connections_per_address: None,
            grace: Duration::from_secs(10),
        }
    }

    /// Speaks HTTPS on all listeners, and nothing else. Default: cleartext, for a server behind
    /// something that ends TLS. Replicas speak cleartext to each other: with a
    /// [`Replica`](crate::replica::Replica), serve a second `Server` without this on the address that it
    /// registers, in a private network. Clones of one [`Shutdown`] stop both.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// How long a new connection may take to say something, a TLS handshake may take, and the head of a
    /// request from its first byte on. Default 10 seconds. Over HTTP/2 a head that is begun and not
    /// ended counts as no request: where no other one runs, the [idle timeout](Self::idle_timeout) ends
    /// the connection.
    #[must_use]
    pub fn header_timeout(mut self, timeout: Duration) -> Self {
        self.header_timeout = timeout.min(NEVER);
        self
    }

    /// How long a connection may be left unused between requests, and a client may stop in the middle of
    /// a body or take nothing of its response (over HTTP/2: of the next 64 KiB). Default 65 seconds:
    /// more than the 60 for which an AWS load balancer keeps a connection, so that it is never the
    /// server that closes one while the balancer sends. With less than the
    /// [header timeout](Self::header_timeout), the next head on a connection has no more, either.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout.min(NEVER);
        self
    }

    /// How many connections may be open, one at least. Default 10,000. With replicas, this is for
    /// clients and for what other replicas pass on together.
    #[must_use]
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// How many of them may come from one address, which is an IPv4 address or a /64 of IPv6; one more
    /// is closed at once. One at least. Default: as many as there are, since behind a load balancer or a proxy all
    /// connections come from its few addresses. Set it, to some tens or hundreds, where clients connect
    /// directly; a large office or a mobile network may stand behind one address, and another replica
    /// is one, too.
    #[must_use]
    pub fn max_connections_per_address(mut self, connections: usize) -> Self {
        self.max_connections_per_address = Some(connections);
        self
    }

    /// How long running requests may take after a shutdown, those included whose clients have gone
    /// (before 2026-07-28, that is no cancellation). Default 10 seconds; what `SHUTDOWN_GRACE`
    /// configures.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Serves until `shutdown`, then drains.
    ///
    /// Every request carries `axum::extract::ConnectInfo<SocketAddr>` and the [`Shutdown`] in its
    /// extensions.
    ///
    /// # Errors
    ///
    /// [`ServeError`], before anything is served. A drain that had to cut connections off is no
    /// error; it is logged.
    pub async fn serve<S>(self, service: S, shutdown: Shutdown) -> Result<(), ServeError>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + Clone
            + Send
            + 'static,
        S::Future: Send,
    {
        if self.max_connections == 0 || self.max_connections_per_address == Some(0) {
            return Err(ServeError::NoRoom);
        }
        let stop = shutdown.arm()?;
        let cut = CancellationToken::new();
        let connections = TaskTracker::new();
        let connector = Connector {
            service,
            #[cfg(feature = "tls")]
            tls: self.tls,
            header_timeout: self.header_timeout,
            idle_timeout: self.idle_timeout,
            shutdown: shutdown.clone(),
            connections: connections.clone(),
            stop: stop.clone(),
            cut: cut.clone(),
        };
        let room = Room::new(self.max_connections, self.max_connections_per_address);
        stop.run_until_cancelled(accept(self.listeners, &connector, room))
            .await;

        connections.close();
        let unattended = shutdown.unattended();
        let drained = async {
            connections.wait().await;
            // Whoever has hung up meanwhile may have left a call.
            unattended.wait().await;
        };
        if timeout(self.grace, drained).await.is_err() {
            tracing::warn!(
                left = connections.len(),
                unattended = unattended.len(),
                "grace period over: cutting connections off"
            );
            cut.cancel();
            connections.wait().await;
        }
        Ok(())
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("header_timeout", &self.header_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("max_connections", &self.max_connections)
            .field(
                "max_connections_per_address",
                &self.max_connections_per_address,
            )
            .field("grace", &self.grace)
            .finish_non_exhaustive()
    }
}
