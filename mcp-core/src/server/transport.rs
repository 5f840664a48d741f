//! How a server goes over HTTP.

#[cfg(feature = "sse")]
use portcullis_auth::ResourceIdentifier;
use portcullis_transport::{Limits, MixedRevisions, Sessions, replica::Replica};

#[cfg(feature = "sse")]
use super::sse::SseSettings;
use super::{McpServer, McpServerBuilder};
use crate::error::BuildError;

/// The settings of the transport, which know nothing of tools and callers.
#[derive(Debug, Default)]
pub(crate) struct TransportSettings {
    pub(super) limits: Limits,
    pub(super) mixed_revisions: MixedRevisions,
    pub(super) sessions: Option<Sessions>,
    pub(super) replica: Option<Replica>,
    #[cfg(feature = "sse")]
    pub(super) sse: SseSettings,
}

impl<H, A> McpServerBuilder<H, A> {
    /// Bounds what one request may cost, whatever the transport: the bytes of its body, the time it
    /// takes to arrive, the messages of a batch, how long it may be listened to.
    ///
    /// ```
    /// use portcullis::{auth::danger, prelude::*, transport::Limits};
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
    /// let mut limits = Limits::default();
    /// limits.max_body_bytes = 64 * 1024;
    /// let server = McpServer::new("http://localhost:8080/clock/mcp", Clock)
    ///     .auth(danger::anonymous())
    ///     .limits(limits)
    ///     .build()?;
    /// # Ok::<(), portcullis::BuildError>(())
    /// ```
    ///
    /// Default: those of [`Limits`]. Sessions have bounds of their own
    /// ([`Sessions::limits`]).
    pub fn limits(mut self, limits: Limits) -> Self {
        self.transport.limits = limits;
        self
    }

    /// What becomes of requests whose `MCP-Protocol-Version` is of another revision than their body. Some
    /// hosted connectors send all of theirs so; the log names them.
    ///
    /// ```
    /// use portcullis::{auth::danger, prelude::*, transport::MixedRevisions};
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
    ///     .mixed_revisions(MixedRevisions::FollowBody)
    ///     .build()?;
    /// # Ok::<(), portcullis::BuildError>(())
    /// ```
    ///
    /// Default: they are [refused](MixedRevisions::Refuse), as the specification wants. A server with
    /// `legacy_sse` does not build with anything else: there, a session has one revision, whatever the
    /// header says.
    pub fn mixed_revisions(mut self, mixed: MixedRevisions) -> Self {
        self.transport.mixed_revisions = mixed;
        self
    }
}

impl<H> McpServer<H> {
    /// What becomes of requests whose header and body are of different revisions.
    pub(crate) fn mixed_revisions(&self) -> MixedRevisions {
        self.transport.mixed_revisions
    }
}

impl TransportSettings {
    pub(super) fn has_sessions(&self) -> bool {
        #[cfg(feature = "sse")]
        if self.sse.enabled {
            return true;
        }
        self.sessions.is_some()
    }

    /// A replica's name would be carried by no session.
    pub(super) fn check_replica(&self) -> Result<(), BuildError> {
        if self.replica.is_some() && !self.has_sessions() {
            return Err(BuildError::ReplicaWithoutSessions);
        }
        Ok(())
    }
}

#[cfg(feature = "sse")]
impl TransportSettings {
    /// What has no effect, or could not be mounted, is not built.
    pub(super) fn check(&self, resource: &ResourceIdentifier) -> Result<(), BuildError> {
        if !self.sse.enabled {
            return match self.sse.limits {
                Some(_) => Err(BuildError::LimitsWithoutSse),
                None => Ok(()),
            };
        }
        if resource.path().is_empty() {
            return Err(BuildError::SseAtRoot(resource.to_string()));
        }
        if self.sessions.is_some() {
            return Err(BuildError::SseWithSessions);
        }
        if self.mixed_revisions == MixedRevisions::FollowBody {
            return Err(BuildError::SseWithMixedRevisions);
        }
        Ok(())
    }
}
