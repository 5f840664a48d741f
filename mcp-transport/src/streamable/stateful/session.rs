//! One client's session.

use std::sync::{Arc, OnceLock};

use rmcp::{
    Peer, RoleServer,
    model::{
        ClientNotification, GetExtensions, InitializeRequestParams, JsonRpcMessage, ProtocolVersion,
    },
};
use tokio::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

use super::{
    config::SessionLimits,
    log::{Bounds, Log, STANDING},
    notification::Heard,
    standing::Standing,
};
use crate::session::{Calls, Caps, Holder, Kept, Locked, NotOpened, Questions, SessionId};

#[derive(Debug)]
pub(in crate::streamable) struct Session {
    pub(super) id: SessionId,
    pub(super) calls: Calls,
    pub(super) questions: Questions,
    pub(super) log: Log,
    pub(super) limits: Arc<SessionLimits>,
    pub(super) ended: CancellationToken,
    holder: Holder,
    client: OnceLock<Arc<InitializeRequestParams>>,
    standing: Locked<Option<Standing>>,
    opened: Instant,
    used: Locked<Instant>,
}

impl Session {
    pub(super) fn new(
        holder: Holder,
        limits: Arc<SessionLimits>,
        bounds: Bounds,
    ) -> Result<Self, NotOpened> {
        let now = Instant::now();
        Ok(Self {
            id: SessionId::random()?,
            holder,
            limits,
            calls: Calls::default(),
            questions: Questions::default(),
            log: Log::new(bounds),
            ended: CancellationToken::new(),
            client: OnceLock::new(),
            standing: Locked::default(),
            opened: now,
            used: Locked::new(now),
        })
    }

    /// Notes that the client is alive.
    pub(super) fn touch(&self) {
        *self.used.lock() = Instant::now();
    }

    /// Whether it has lived longer than any session may.
    pub(super) fn outlived(&self) -> bool {
        self.opened.elapsed() >= self.limits.max_age
    }

    /// What the client has said about itself, with the revision that was agreed upon.
    pub(super) fn introduce(&self, client: InitializeRequestParams) {
        let _ = self.client.set(Arc::new(client));
    }

    /// The client; `None` until the handshake has succeeded.
    pub(super) fn client(&self) -> Option<&InitializeRequestParams> {
        self.client.get().map(Arc::as_ref)
    }

    /// The revision that was agreed upon.
    pub(super) fn version(&self) -> Option<&ProtocolVersion> {
        self.client().map(|client| &client.protocol_version)
    }

    pub(super) fn stand(&self, standing: Standing) {
        *self.standing.lock() = Some(standing);
    }

    /// The peer that lives as long as the session.
    pub(super) fn standing_peer(&self) -> Option<Peer<RoleServer>> {
        self.standing.lock().as_ref().map(Standing::peer)
    }

    /// Ends the call that a client no longer waits for.
    pub(super) fn cancel(&self, notification: &ClientNotification) {
        if let ClientNotification::CancelledNotification(cancelled) = notification
            && let Some(id) = &cancelled.params.request_id
        {
            self.calls.cancel(id);
        }
    }

    /// Hands the handler something that the client says unasked.
    pub(super) async fn announce(&self, mut notification: ClientNotification, place: Heard) {
        notification.extensions_mut().insert(place);
        let message = JsonRpcMessage::notification(notification);
        let standing = self.standing.lock().as_ref().map(Standing::asker);
        if let Some(standing) = standing {
            self.questions.announce(standing, message).await;
        }
    }

    /// Whether nothing happens in it and nobody listens.
    fn is_quiet(&self) -> bool {
        self.calls.none() && !self.log.has_reader()
    }
}

impl AsRef<Questions> for Session {
    fn as_ref(&self) -> &Questions {
        &self.questions
    }
}

impl Kept for Session {
    type Limits = Arc<SessionLimits>;

    fn caps(limits: &Arc<SessionLimits>) -> Caps {
        Caps {
            total: limits.max_sessions,
            per_owner: limits.max_sessions_per_owner,
        }
    }

    fn shortest_life(limits: &Arc<SessionLimits>) -> Duration {
        limits.idle.min(limits.max_age)
    }

    fn id(&self) -> SessionId {
        self.id
    }

    fn holder(&self) -> Holder {
        self.holder
    }

    fn expired(&self, limits: &Arc<SessionLimits>) -> bool {
        let idle = self.used.lock().elapsed() >= limits.idle && self.is_quiet();
        idle || self.outlived()
    }

    fn spare_since(&self) -> Option<Instant> {
        // The client does not know of it before the handshake has succeeded.
        let is_spare = self.client().is_some() && self.is_quiet();
        is_spare.then(|| *self.used.lock())
    }

    fn retire(&self) {
        self.calls.retire();
        self.log.answer(STANDING, None);
    }

    /// Nobody can read an answer any more, so calls are cancelled.
    fn abandon(&self) {
        self.calls.abandon();
        self.ended.cancel();
        self.questions.abandon();
        self.log.close();
        let standing = self.standing.lock().take();
        drop(standing);
    }
}
