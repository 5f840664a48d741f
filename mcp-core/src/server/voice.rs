//! What a server's tools speak with.

use std::sync::Arc;

use portcullis_auth::{Clock, SealingKeys};

use super::McpServerBuilder;
use crate::say::Events;

impl<H, A> McpServerBuilder<H, A> {
    /// The keys under which the client keeps what a tool remembers while its user is asked (see
    /// [`Ask`](crate::Ask)): [`SealingKeys::from_env`], the same on every replica.
    ///
    /// Without them, a server with such a tool does not build.
    pub fn sealing_keys(mut self, keys: SealingKeys) -> Self {
        self.voice.sealing_keys = Some(keys);
        self
    }

    /// The clock by which a question to the user expires, and a subscription ends with its token.
    /// Default: the machine's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.voice.clock = Arc::new(clock);
        self
    }

    /// Answers `subscriptions/listen` from these events, and declares so in `server/discover`. A
    /// handler's own `listen` is not called then.
    ///
    /// Default: none; the handler answers.
    pub fn events(mut self, events: Events) -> Self {
        self.voice.events = Some(events);
        self
    }
}
