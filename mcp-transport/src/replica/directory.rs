//! Who is where.

use std::{collections::HashMap, sync::Arc};

use futures_util::future::{BoxFuture, FutureExt, ready};
use http::uri::Authority;
use thiserror::Error;
use tokio::time::Duration;

use super::ReplicaName;
use crate::session::Locked;

/// How often a replica registers.
pub(super) const RENEW: Duration = Duration::from_secs(10);

/// How soon one that failed is tried again.
pub(super) const RETRY: Duration = Duration::from_secs(1);

/// How long a registration is kept.
pub(super) const KEPT: Duration = Duration::from_secs(30);

/// Where the replicas of a server are reached.
///
/// A replica that is alive registers every 10 seconds, and after a failure every second. An
/// implementation keeps a registration for 30 seconds at least, and should forget it then. It may lose
/// all of them, as in a restart: a replica notices that by its own name, and until the others have
/// registered again it does not take a missing one for dead.
pub trait Directory: Send + Sync + 'static {
    /// Notes that `replica` is reached at `address`, a host and port that speak HTTP/1.1 to the
    /// other replicas. Later registrations replace earlier ones.
    fn register<'a>(
        &'a self,
        replica: &'a ReplicaName,
        address: &'a Authority,
    ) -> BoxFuture<'a, Result<(), DirectoryError>>;

    /// Where `replica` is reached; `None` if nobody knows.
    fn locate<'a>(&'a self, replica: &'a ReplicaName) -> BoxFuture<'a, Located>;
}

/// The answer of a [`Directory`].
pub type Located = Result<Option<Authority>, DirectoryError>;

/// The directory cannot be asked, or its answer cannot be believed.
#[derive(Debug, Error)]
#[error("the directory of replicas cannot be used")]
pub struct DirectoryError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl DirectoryError {
    /// An error with its cause, which is logged and never sent.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// A directory for replicas in one process: tests, or several listeners. Clones are one directory.
#[derive(Debug, Clone, Default)]
pub struct SharedDirectory(Arc<Locked<HashMap<ReplicaName, Authority>>>);

impl Directory for SharedDirectory {
    fn register<'a>(
        &'a self,
        replica: &'a ReplicaName,
        address: &'a Authority,
    ) -> BoxFuture<'a, Result<(), DirectoryError>> {
        self.0.lock().insert(replica.clone(), address.clone());
        ready(Ok(())).boxed()
    }

    fn locate<'a>(&'a self, replica: &'a ReplicaName) -> BoxFuture<'a, Located> {
        let address = self.0.lock().get(replica).cloned();
        ready(Ok(address)).boxed()
    }
}
