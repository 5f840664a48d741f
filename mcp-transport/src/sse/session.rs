//! One client's session: a stream that it reads, and what runs on its behalf.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use rmcp::model::{InitializeRequestParams, ProtocolVersion, RequestId};
use tokio::time::{Duration, Instant};

use super::{
    id,
    limits::SseLimits,
    queue::{Bounds, Closed, Queue},
};
use crate::{
    dispatch::unknown_client,
    exchange::event,
    replica::Naming,
    session::{Calls, Caps, Holder, Kept, Locked, NotOpened, Questions, SessionId},
};

/// Everything here is small and allocates nothing until something happens: thousands of sessions do
/// nothing most of the time.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: SessionId,
    holder: Holder,
    pub(super) queue: Queue,
    pub(super) calls: Calls,
    pub(super) questions: Questions,
    client: Locked<Option<Arc<InitializeRequestParams>>>,
    opened: Instant,
    used: Locked<Instant>,
}

impl Session {
    pub(super) fn new(holder: Holder) -> Result<Self, NotOpened> {
        let now = Instant::now();
        Ok(Self {
            id: SessionId::random()?,
            holder,
            queue: Queue::default(),
            calls: Calls::default(),
            questions: Questions::default(),
            client: Locked::default(),
            opened: now,
            used: Locked::new(now),
        })
    }

    /// Notes that the client is alive.
    pub(super) fn touch(&self) {
        *self.used.lock() = Instant::now();
    }

    /// Whether it has lived longer than any session may.
    pub(super) fn outlived(&self, limits: &SseLimits) -> bool {
        self.opened.elapsed() >= limits.max_age
    }

    /// What the client has said about itself, with the revision that was agreed upon.
    pub(super) fn introduce(&self, client: InitializeRequestParams) {
        *self.client.lock() = Some(Arc::new(client));
    }

    /// The revision that a message is served under: the one that was agreed upon. Before that, as
    /// after a reconnection (the browser's `EventSource` makes one by itself, and its client knows
    /// nothing of a new session), the header of newer clients, or else this transport's own.
    pub(super) fn version(&self, headers: &HeaderMap) -> ProtocolVersion {
        if let Some(client) = &*self.client.lock() {
            return client.protocol_version.clone();
        }
        let named = headers
            .get("mcp-protocol-version")
            .and_then(|value| value.to_str().ok());
        ProtocolVersion::KNOWN_VERSIONS
            .iter()
            .find(|known| known.has_initialize() && named == Some(known.as_str()))
            .unwrap_or(&ProtocolVersion::V_2024_11_05)
            .clone()
    }

    /// The client as rmcp's handlers see it.
    pub(super) fn client(&self, version: &ProtocolVersion) -> InitializeRequestParams {
        match &*self.client.lock() {
            Some(client) => InitializeRequestParams::clone(client),
            None => unknown_client(version),
        }
    }

    /// Sends a message to the client.
    pub(super) async fn say(&self, json: &[u8], bounds: &Bounds) -> Result<(), Closed> {
        self.queue.push(event::message(json), bounds).await
    }

    /// The first event: where to post to.
    pub(super) async fn greet(
        &self,
        messages: &str,
        naming: &Naming,
        bounds: &Bounds,
    ) -> Result<(), Closed> {
        let query = id::to_query(self.id, naming);
        let event = format!("event: endpoint\ndata: {messages}?{query}\n\n");
        self.queue.push(Bytes::from(event), bounds).await
    }

    pub(super) fn end_call(&self, id: &RequestId) {
        self.touch();
        if self.calls.end(id) {
            self.queue.finish();
        }
    }
}

impl AsRef<Questions> for Session {
    fn as_ref(&self) -> &Questions {
        &self.questions
    }
}

impl Kept for Session {
    type Limits = SseLimits;

    fn caps(limits: &SseLimits) -> Caps {
        Caps {
            total: limits.max_sessions,
            per_owner: limits.max_sessions_per_owner,
        }
    }

    fn shortest_life(limits: &SseLimits) -> Duration {
        limits.idle.min(limits.max_age)
    }

    fn id(&self) -> SessionId {
        self.id
    }

    fn holder(&self) -> Holder {
        self.holder
    }

    fn expired(&self, limits: &SseLimits) -> bool {
        let idle = self.used.lock().elapsed() >= limits.idle && self.calls.none();
        idle || self.outlived(limits)
    }

    fn retire(&self) {
        if self.calls.retire() {
            self.queue.finish();
        }
    }

    /// Nobody can read an answer any more, so calls are cancelled.
    fn abandon(&self) {
        self.calls.abandon();
        self.questions.abandon();
        self.queue.discard();
    }
}
