//! What runs in a session: calls, and the handling of what its client says unasked.

use std::collections::HashMap;

use rmcp::model::RequestId;
use tokio_util::sync::CancellationToken;

use super::lock::Locked;

#[derive(Debug, Default)]
pub(crate) struct Calls(Locked<State>);

#[derive(Debug, Default)]
struct State {
    running: HashMap<RequestId, CancellationToken>,
    /// Notifications that a handler is at work on.
    notifications: usize,
    /// Nothing further is taken.
    retired: bool,
}

/// Why a call cannot begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Busy {
    /// Another call with that id runs, so an answer could not be told from the other's.
    Repeated,
    TooMany,
    Retired,
}

impl Calls {
    /// Begins all of these calls and so many notifications, or none of them. Where there are none,
    /// nothing is refused: answers and cancellations get through to what runs.
    pub(crate) fn begin<'a>(
        &self,
        ids: impl ExactSizeIterator<Item = &'a RequestId>,
        notifications: usize,
        max: usize,
    ) -> Result<(), Busy> {
        let more = ids.len() + notifications;
        if more == 0 {
            return Ok(());
        }
        let mut state = self.0.lock();
        if state.retired {
            return Err(Busy::Retired);
        }
        if state.running.len() + state.notifications + more > max {
            return Err(Busy::TooMany);
        }
        let mut begun = HashMap::with_capacity(ids.len());
        for id in ids {
            let repeated = begun.insert(id.clone(), CancellationToken::new()).is_some();
            if repeated || state.running.contains_key(id) {
                return Err(Busy::Repeated);
            }
        }
        state.running.extend(begun);
        state.notifications += notifications;
        Ok(())
    }

    /// The handler has done with a notification.
    pub(crate) fn end_notification(&self) {
        self.0.lock().notifications -= 1;
    }

    /// The token of a call; cancelled if it has been cancelled before it ran.
    pub(crate) fn token(&self, id: &RequestId) -> CancellationToken {
        let state = self.0.lock();
        state.running.get(id).cloned().unwrap_or_else(|| {
            let token = CancellationToken::new();
            token.cancel();
            token
        })
    }

    /// Whether this was the last call of a retired session.
    pub(crate) fn end(&self, id: &RequestId) -> bool {
        let mut state = self.0.lock();
        state.running.remove(id);
        if state.running.is_empty() {
            state.running = HashMap::new();
        }
        state.retired && state.running.is_empty()
    }

    pub(crate) fn cancel(&self, id: &RequestId) {
        if let Some(token) = self.0.lock().running.get(id) {
            token.cancel();
        }
    }

    pub(crate) fn none(&self) -> bool {
        self.0.lock().running.is_empty()
    }

    /// Takes no further call. Whether none is running.
    pub(crate) fn retire(&self) -> bool {
        let mut state = self.0.lock();
        state.retired = true;
        state.running.is_empty()
    }

    /// Takes no further call, and cancels those that run.
    pub(crate) fn abandon(&self) {
        let mut state = self.0.lock();
        state.retired = true;
        state.running.values().for_each(CancellationToken::cancel);
    }
}
