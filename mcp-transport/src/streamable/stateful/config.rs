//! Sessions as an author configures them.

use std::{fmt, time::Duration};

use crate::{
    Shutdown,
    replica::{Naming, Replica},
};

/// Sessions for clients of the revisions before 2026-07-28.
///
/// ```
/// use portcullis_transport::{Sessions, Stock, StreamableHttp};
/// use rmcp::ServerHandler;
///
/// struct MyServer;
/// impl ServerHandler for MyServer {}
///
/// let mcp = StreamableHttp::new(Stock(MyServer)).sessions(Sessions::in_memory()).into_service();
/// # let _ = mcp;
/// ```
pub struct Sessions {
    pub(super) limits: SessionLimits,
    pub(super) shutdown: Option<Shutdown>,
    pub(super) naming: Naming,
}

impl Sessions {
    /// Sessions that live in this process, within the default bounds. Where the endpoint knows no
    /// [owners](crate::StreamableHttp::owner), they belong to whoever knows their id.
    pub fn in_memory() -> Self {
        Self {
            limits: SessionLimits::default(),
            shutdown: None,
            naming: Naming::default(),
        }
    }

    /// Bounds the sessions.
    #[must_use]
    pub fn limits(mut self, limits: SessionLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Ends the streams when the server shuts down, each as soon as its calls are answered.
    /// Default: the server cuts them off at the end of its grace period.
    #[must_use]
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = Some(shutdown);
        self
    }

    /// Lets session ids carry the replica's name, so that other replicas know whose they are.
    #[must_use]
    pub fn replica(mut self, replica: &Replica) -> Self {
        self.naming = Naming::of(replica.name().clone());
        self
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Bounds on the sessions of one endpoint.
///
/// What one request may cost is bounded by [`Limits`](crate::Limits), as without sessions; of those,
/// `stream_queue` bounds the events of a stream that nobody has read yet.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SessionLimits {
    /// Open sessions. One more is answered with 503. Default 3,000: most clients keep a stream of
    /// theirs open, and [`Server::max_connections`] must leave a connection on which to say so.
    ///
    /// [`Server::max_connections`]: crate::Server::max_connections
    pub max_sessions: usize,
    /// Open sessions that [count together](crate::StreamableHttp::counted_by). One more takes the
    /// place of the one that has been idle for longest, of the same owner if there is one; where none
    /// is idle, it is answered with 429. Default 32. Sessions without an owner count towards the total
    /// only.
    pub max_sessions_per_owner: usize,
    /// Calls that run at the same time in one session, and notifications that its handler is at work
    /// on. One more is answered with 429. Default 32.
    pub max_calls: usize,
    /// Bytes of a stream's events that nobody has read yet; a single event may be larger. Default
    /// 256 KiB.
    pub queue_bytes: usize,
    /// How long a call waits for the reader of its full stream to take an event. Then what it says
    /// is dropped until the reader is back; its answer is kept. Default 10 seconds.
    pub slow_reader: Duration,
    /// Bytes of events that one session keeps after they have been sent, for clients that lost their
    /// connection; the oldest go first, the newest stays in any case. Default 256 KiB.
    pub replay_bytes: usize,
    /// How long a client is told to wait before it comes back to a stream that broke. Default 3
    /// seconds.
    pub retry: Duration,
    /// A session ends after this time without a request, an open stream or a running call. Default
    /// 30 minutes. It is looked for once a minute, more often where this or `max_age` is shorter than
    /// that.
    pub idle: Duration,
    /// A session ends after this time in any case, and so do its streams: the credential that
    /// opened them was only looked at then. What runs in it is cancelled. Default 12 hours.
    pub max_age: Duration,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            max_sessions: 3_000,
            max_sessions_per_owner: 32,
            max_calls: 32,
            queue_bytes: 256 * 1024,
            slow_reader: Duration::from_secs(10),
            replay_bytes: 256 * 1024,
            retry: Duration::from_secs(3),
            idle: Duration::from_secs(30 * 60),
            max_age: Duration::from_secs(12 * 60 * 60),
        }
    }
}
