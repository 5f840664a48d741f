//! What one request may cost.

use std::time::Duration;

use crate::DecodingBudget;

/// Bounds on a single request, and the pace of its event stream.
///
/// ```
/// use portcullis_transport::Limits;
///
/// let mut limits = Limits::default();
/// limits.max_body_bytes = 64 * 1024;
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a request body; more is answered with 413. Default 4 MiB, as in other MCP servers.
    pub max_body_bytes: usize,
    /// Bytes that the values of a body may take when they are decoded, by a cautious estimate: its
    /// length, and 128 for an array, 640 for an object, 112 for each further element or member. A body
    /// of many small values takes a hundred times its length. More is answered with 400 and -32600.
    /// Bodies of up to 1 KiB are not measured. Default 24 MiB: with the body itself and what it takes
    /// to read it, a request stays within 8 × [`max_body_bytes`](Self::max_body_bytes).
    pub max_decoded_bytes: usize,
    /// What all calls that run at a time may hold of such values. Default: 256 MiB that all endpoints
    /// of this process share.
    pub decoding_budget: DecodingBudget,
    /// How long a body may take to arrive; longer is answered with 408. Default 30 seconds.
    pub body_timeout: Duration,
    /// Messages in one JSON-RPC batch (revision 2025-03-26). Default 50.
    pub max_batch: usize,
    /// Calls of one endpoint that go on although their client has gone, as the revisions before
    /// 2026-07-28 want it. One more is dropped. Default 1,000.
    pub max_unattended: usize,
    /// A subscription (`subscriptions/listen`) ends after this time, with its answer: the credential
    /// that opened it was only looked at then. Default 12 hours.
    pub max_subscription: Duration,
    /// Open subscriptions of one endpoint, each of which holds a connection or a stream of one. One
    /// more is answered with 503. Default 3,000, well below [`Server::max_connections`], so that a
    /// connection is left on which to say so.
    ///
    /// [`Server::max_connections`]: crate::Server::max_connections
    pub max_subscriptions: usize,
    /// Open subscriptions that [count together](crate::StreamableHttp::counted_by). One more is
    /// answered with 429. Default 32. Those without an owner count towards the total only:
    /// anonymous callers cannot be told apart, and one of them must not lock out the others.
    pub max_subscriptions_per_owner: usize,
    /// Messages that wait for a slow reader of an event stream; then the tool waits. Default 32.
    pub stream_queue: usize,
    /// Pause after which an idle event stream gets a comment, so that proxies keep it open.
    /// Default 15 seconds.
    pub keep_alive: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body_bytes: 4 * 1024 * 1024,
            max_decoded_bytes: 24 * 1024 * 1024,
            decoding_budget: DecodingBudget::default(),
            body_timeout: Duration::from_secs(30),
            max_batch: 50,
            max_unattended: 1_000,
            max_subscription: Duration::from_secs(12 * 60 * 60),
            max_subscriptions: 3_000,
            max_subscriptions_per_owner: 32,
            stream_queue: 32,
            keep_alive: Duration::from_secs(15),
        }
    }
}
