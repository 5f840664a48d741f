use std::time::Duration;

/// Bounds on the sessions of one [`LegacySse`](super::LegacySse).
///
/// What one request may cost is bounded by [`Limits`](crate::Limits), as in the other transport;
/// of those, `stream_queue` bounds the events that wait for a session's reader.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SseLimits {
    /// Open sessions. One more is answered with 503. Default 6,000: each holds a connection, of which
    /// [`Server::max_connections`] must leave one on which to say so.
    ///
    /// [`Server::max_connections`]: crate::Server::max_connections
    pub max_sessions: usize,
    /// Open sessions that [count together](crate::LegacySse::counted_by). One more is answered with 429. Default 32: a person's editors
    /// and terminals, not a leak in a loop. Sessions without an owner count towards the total only.
    pub max_sessions_per_owner: usize,
    /// Calls that run at the same time in one session. One more is answered with 429. Default 32.
    pub max_calls: usize,
    /// Bytes of events that wait for a session's reader; a single event may be larger. Default
    /// 256 KiB.
    pub queue_bytes: usize,
    /// How long a full queue waits for its reader to take one event; then the session ends.
    /// Default 10 seconds.
    pub slow_reader: Duration,
    /// A session ends after this time without a message of the client and without a running call.
    /// Default 30 minutes. It is looked for once a minute, more often where this or `max_age` is
    /// shorter than that.
    pub idle: Duration,
    /// A session ends after this time in any case, since the credential that opened its stream was
    /// only looked at then. What runs in it is cancelled. Default 12 hours.
    pub max_age: Duration,
}

impl Default for SseLimits {
    fn default() -> Self {
        Self {
            max_sessions: 6_000,
            max_sessions_per_owner: 32,
            max_calls: 32,
            queue_bytes: 256 * 1024,
            slow_reader: Duration::from_secs(10),
            idle: Duration::from_secs(30 * 60),
            max_age: Duration::from_secs(12 * 60 * 60),
        }
    }
}
