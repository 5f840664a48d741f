//! How a server goes over HTTP.

#[cfg(feature = "sse")]
use portcullis_auth::ResourceIdentifier;
use portcullis_transport::{Limits, Sessions, replica::Replica};

use super::McpServerBuilder;
#[cfg(feature = "sse")]
use super::sse::SseSettings;
use crate::error::BuildError;

/// The settings of the transport, which know nothing of tools and callers.
#[derive(Debug, Default)]
pub(crate) struct TransportSettings {
    pub(super) limits: Limits,
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
        Ok(())
    }
}
