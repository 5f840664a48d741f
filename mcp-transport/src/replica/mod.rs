//! More than one replica of a server, behind a load balancer without stickiness.
//!
//! A session lives in the process that opened it, and its id names that process. A replica that gets
//! a request for another's session passes the HTTP request on as it is, before it asks who the caller
//! is, so that the owner makes every check. A request is passed on once. Where the owner is gone its
//! sessions are gone too: the answer is 404, on which clients initialize again. Where it may live and
//! cannot be found or reached now, the answer is 503 with `Retry-After`.

mod directory;
mod events;
mod forward;
mod join;
mod layer;
mod locate;
mod name;
mod quiet;
#[cfg(feature = "valkey")]
mod valkey;

pub use directory::{Directory, DirectoryError, Located, SharedDirectory};
pub use events::{EventBus, EventBusError, Events, SharedEventBus};
pub use join::{Membership, Replica};
pub use layer::{ReplicaLayer, ReplicaService};
pub(crate) use name::Naming;
#[cfg(feature = "sse")]
pub(crate) use name::NoSession;
pub use name::{NotAReplicaName, ReplicaName};
#[cfg(feature = "valkey")]
pub use valkey::{ReplicaKeys, Valkey, ValkeyError};
