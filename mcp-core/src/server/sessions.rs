//! Sessions for clients of the revisions before 2026-07-28, each bound to its caller.

use std::sync::Arc;

use http::Extensions;
use portcullis_auth::Principal;
use portcullis_transport::{
    CountKey, OwnerKey, Sessions,
    replica::{Replica, ReplicaName},
};

use super::{McpServer, McpServerBuilder};

impl<H, A> McpServerBuilder<H, A> {
    /// Keeps a session for every client that opens with `initialize`, so that tools can ask older
    /// clients something (sampling, elicitation, roots), and clients can listen beside their calls
    /// and come back for an answer. Clients of 2026-07-28 are served as before.
    ///
    /// A session belongs to the caller who opened it (issuer, subject and client of the credential);
    /// to everybody else it does not exist. Each of its requests is authenticated like any other.
    ///
    /// ```
    /// use portcullis::{auth::danger, prelude::*, transport::Sessions};
    ///
    /// struct Clock;
    ///
    /// #[mcp_server(name = "clock")]
    /// impl Clock {
    ///     /// Says that it is noon.
    ///     #[tool]
    ///     async fn now(&self) -> String { "noon".into() }
    /// }
    ///
    /// let server = McpServer::new("http://localhost:8080/clock/mcp", Clock)
    ///     .auth(danger::anonymous())
    ///     .sessions(Sessions::in_memory())
    ///     .build()?;
    /// # Ok::<(), portcullis::BuildError>(())
    /// ```
    ///
    /// Default: no sessions. A server with `legacy_sse` has sessions of its own, and does not build
    /// with these.
    pub fn sessions(mut self, sessions: Sessions) -> Self {
        self.transport.sessions = Some(sessions);
        self
    }

    /// Lets the ids of sessions, also those of `legacy_sse`, carry the replica's name, so that other
    /// replicas know whose they are. Tell the [`App`](crate::App::replica) too: one does not build
    /// without the other, nor does a server that has no sessions with it.
    pub fn replica(mut self, replica: &Replica) -> Self {
        self.transport.replica = Some(replica.clone());
        self
    }
}

impl<H> McpServer<H> {
    /// Whether other replicas may be asked for what this process holds.
    pub(crate) fn has_sessions(&self) -> bool {
        self.transport.has_sessions()
    }

    /// The name that ids of sessions carry.
    pub(crate) fn replica_name(&self) -> Option<&ReplicaName> {
        self.transport.replica.as_ref().map(Replica::name)
    }
}

/// The caller, as sessions remember them. Nobody owns those of an anonymous client.
pub(super) fn owner(extensions: &Extensions) -> Option<OwnerKey> {
    let caller = extensions.get::<Arc<Principal>>()?;
    Some(OwnerKey::new(caller.owner_key()))
}

/// The caller, as bounds count them: whichever client acts for them, since one more client must not
/// raise the bound.
pub(super) fn subject(extensions: &Extensions) -> Option<CountKey> {
    let caller = extensions.get::<Arc<Principal>>()?;
    Some(CountKey::new(caller.subject_key()))
}
