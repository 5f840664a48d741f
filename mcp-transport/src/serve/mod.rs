//! An accept loop that is bounded and that drains.
//!
//! HTTP/1.1 and cleartext HTTP/2 on one port. `axum::serve` has no header timeout, no cap and no
//! deadline for a drain, so this one stands on hyper-util directly:
//!
//! 1. A connection beyond the cap waits in the listener's backlog.
//! 2. A client must send its first bytes, and every request's head, within the header timeout. After
//!    the same time a connection is closed on which no request has begun (what runs is answered
//!    first), whose client takes nothing of what it is sent, or stops in the middle of a body.
//! 3. On shutdown no connection is accepted any more, idle ones are closed, running requests are
//!    answered. What is left after the grace period is cut off.

mod arriving;
mod connection;
mod flow;
mod listeners;
mod patience;
mod preface;
mod shutdown;

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use axum::body::Body;
use futures_util::future::join_all;
use http::{Request, Response};
use thiserror::Error;
use tokio::{
    net::TcpListener,
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_service::Service;

use connection::Connector;
pub use listeners::Listeners;
pub use shutdown::Shutdown;

/// Why a server could not run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The handlers for SIGTERM and SIGINT cannot be installed.
    #[error("cannot listen for signals: {0}")]
    Signals(#[source] io::Error),
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
#[derive(Debug)]
pub struct Server {
    listeners: Listeners,
    header_timeout: Duration,
    max_connections: usize,
    grace: Duration,
}

impl Server {
    /// A server on these listeners, with the default bounds.
    pub fn new(listeners: impl Into<Listeners>) -> Self {
        Self {
            listeners: listeners.into(),
            header_timeout: Duration::from_secs(65),
            max_connections: 10_000,
            grace: Duration::from_secs(10),
        }
    }

    /// How long a request's head may take, a connection may be left unused, and a client may stop
    /// in the middle of a body or take nothing of its response. Default 65 seconds: more than the 60 for which an AWS load balancer
    /// keeps a connection, so that it is never the server that closes one while the balancer sends.
    #[must_use]
    pub fn header_timeout(mut self, timeout: Duration) -> Self {
        self.header_timeout = timeout;
        self
    }

    /// How many connections may be open. Default 10,000.
    #[must_use]
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// How long running requests may take after a shutdown. Default 10 seconds; what
    /// `SHUTDOWN_GRACE` configures.
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
        let stop = shutdown.arm()?;
        let cut = CancellationToken::new();
        let connections = TaskTracker::new();
        let connector = Connector {
            service,
            header_timeout: self.header_timeout,
            shutdown,
            stop: stop.clone(),
            cut: cut.clone(),
        };
        let slots = Arc::new(Semaphore::new(
            self.max_connections.min(Semaphore::MAX_PERMITS),
        ));

        let loops = self.listeners.0.into_iter().map(|listener| {
            let accepting = accept(listener, &connector, &slots, &connections);
            let stop = stop.clone();
            async move { stop.run_until_cancelled(accepting).await }
        });
        join_all(loops).await;

        connections.close();
        if timeout(self.grace, connections.wait()).await.is_err() {
            tracing::warn!(
                left = connections.len(),
                "grace period over: cutting connections off"
            );
            cut.cancel();
            connections.wait().await;
        }
        Ok(())
    }
}

/// Accepts for ever. The listener is closed when this future is dropped.
async fn accept<S>(
    listener: TcpListener,
    connector: &Connector<S>,
    slots: &Arc<Semaphore>,
    connections: &TaskTracker,
) where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    while let Ok(slot) = slots.clone().acquire_owned().await {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let connection = connector.connection(stream, peer);
                connections.spawn(async move {
                    connection.await;
                    drop(slot);
                });
            }
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) => {
                // Out of file descriptors, most likely: some will be returned.
                tracing::warn!(%error, "cannot accept connections; trying again");
                sleep(Duration::from_secs(1)).await;
            }
        }
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
