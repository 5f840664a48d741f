//! A replica among others.

use std::{collections::HashSet, error::Error, fmt, sync::Arc};

use http::uri::Authority;
use tokio::{select, time::sleep};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    Directory, DirectoryError, ReplicaLayer, ReplicaName,
    directory::{RENEW, RETRY},
    locate::Memory,
};

/// This process among the replicas of a server. Clones are the same replica.
///
/// 1. Give it to every endpoint with sessions ([`Sessions::replica`](crate::Sessions::replica),
///    `LegacySse::replica`), so that their ids carry its name.
/// 2. Put [`layer`](Self::layer) around the whole app, outside of authentication: the replica that has
///    the session asks who the caller is. A [`Guard`](crate::Guard) goes around the layer, so that
///    what the layer answers by itself passes its checks, too.
/// 3. [`join`](Self::join) once the listener is bound, and keep the [`Membership`] while serving.
///
/// Between replicas requests travel as plain HTTP/1.1, with the client's credentials in them: `address`
/// belongs into a private network, or onto a proxy that encrypts.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use axum::Router;
/// use portcullis_transport::{
///     Sessions, Shutdown, Stock, StreamableHttp, serve,
///     replica::{Replica, ReplicaName, SharedDirectory},
/// };
/// use rmcp::ServerHandler;
/// use tokio::net::TcpListener;
///
/// struct MyServer;
/// impl ServerHandler for MyServer {}
///
/// let replica = Replica::new(ReplicaName::random()?, SharedDirectory::default());
/// let mcp = StreamableHttp::new(Stock(MyServer))
///     .sessions(Sessions::in_memory().replica(&replica));
/// let app = Router::new()
///     .route_service("/mcp", mcp.into_service())
///     .layer(replica.layer(["/mcp"]));
///
/// let listener = TcpListener::bind("0.0.0.0:8080").await?;
/// let _membership = replica.join("10.0.0.7:8080".parse()?).await?;
/// serve(listener, app, Shutdown::on_signals()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Replica {
    pub(super) name: ReplicaName,
    pub(super) directory: Arc<dyn Directory>,
    pub(super) memory: Arc<Memory>,
}

impl Replica {
    /// A replica of that name, which nobody knows yet.
    pub fn new(name: ReplicaName, directory: impl Directory) -> Self {
        Self {
            name,
            directory: Arc::new(directory),
            memory: Arc::default(),
        }
    }

    /// What the replica is called.
    pub fn name(&self) -> &ReplicaName {
        &self.name
    }

    /// Passes requests for sessions of other replicas on to them, if they are for one of these paths:
    /// those of the endpoints with sessions, as clients see them. (Of HTTP+SSE that is the path of
    /// the messages.) What comes to any other path is served here, whatever it says.
    pub fn layer<P: Into<String>>(&self, paths: impl IntoIterator<Item = P>) -> ReplicaLayer {
        let paths: HashSet<_> = paths.into_iter().map(Into::into).collect();
        ReplicaLayer::new(self.clone(), paths)
    }

    /// Says that this replica is reached at `address`, now and from then on, until the membership is
    /// dropped.
    ///
    /// # Errors
    ///
    /// [`DirectoryError`], if the directory cannot be told now. Later failures are logged, and tried
    /// again.
    pub async fn join(&self, address: Authority) -> Result<Membership, DirectoryError> {
        self.register(&address).await?;
        self.memory.set_member(true);
        let until = CancellationToken::new();
        let membership = Membership {
            _until_dropped: until.clone().drop_guard(),
        };
        let replica = self.clone();
        tokio::spawn(async move {
            until.run_until_cancelled(replica.renew(address)).await;
            replica.memory.set_member(false);
        });
        Ok(membership)
    }

    async fn renew(&self, address: Authority) {
        let mut pause = RENEW;
        loop {
            select! {
                () = sleep(pause) => {}
                () = self.memory.forgotten.notified() => {}
            }
            pause = match self.announce(&address).await {
                Ok(()) => RENEW,
                Err(error) => {
                    let cause = error.source().map(ToString::to_string);
                    tracing::warn!(
                        error = error.to_string(),
                        cause,
                        "cannot register this replica"
                    );
                    RETRY
                }
            };
        }
    }
}

impl fmt::Debug for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replica")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A replica that others can find. Dropped, it is forgotten after a while.
#[derive(Debug)]
#[must_use = "a replica is forgotten when its membership is dropped"]
pub struct Membership {
    _until_dropped: DropGuard,
}
