//! A notification that the handler is at work on.

use std::sync::Arc;

use super::session::Session;

/// A notification's place among what runs in its session: rmcp's loop starts a task for each, and a
/// client could post them without end. Free again when the last clone is dropped.
#[derive(Clone)]
pub(super) struct Heard(Arc<Place>);

struct Place(Arc<Session>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.calls.end_notification();
    }
}

impl Heard {
    /// For one that has been begun in its session.
    pub(super) fn begun(session: &Arc<Session>) -> Self {
        Self(Arc::new(Place(session.clone())))
    }

    /// For one that nobody is refused for; `None` if there is no room.
    pub(super) fn if_there_is_room(session: &Arc<Session>) -> Option<Self> {
        let max = session.limits.max_calls;
        let begun = session.calls.begin([].iter(), 1, max);
        begun.is_ok().then(|| Self::begun(session))
    }

    /// Lets a handler work, no longer than the session lasts.
    pub(super) async fn while_open<T>(self, work: impl Future<Output = T>) -> Option<T> {
        let Place(session) = &*self.0;
        session.ended.run_until_cancelled(work).await
    }
}
