//! All open sessions of an endpoint.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::{Arc, Once, PoisonError, RwLock, RwLockWriteGuard, Weak},
};

use tokio::time::{Duration, Instant, sleep};
use tokio_util::task::AbortOnDropHandle;

use super::{CountKey, Holder, NotOpened, OwnerKey, SessionId};
use crate::Shutdown;

/// How late a session may end: expired ones are looked for every so often.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// A full table is searched for them sooner, but not for each of many attempts to open one more.
/// Nor is any table searched more often.
const SWEEP_WHEN_FULL: Duration = Duration::from_secs(1);

/// A session as its table sees it.
pub(crate) trait Kept: Send + Sync + 'static {
    /// Bounds on the sessions of one endpoint.
    type Limits: Send + Sync + 'static;

    fn caps(limits: &Self::Limits) -> Caps;
    /// How long a session lives at least, unless it is closed.
    fn shortest_life(limits: &Self::Limits) -> Duration;
    fn id(&self) -> SessionId;
    fn holder(&self) -> Holder;
    /// Whether it should end now.
    fn expired(&self, limits: &Self::Limits) -> bool;
    /// Since when it has done nothing, if it may make room for another session of its owner.
    fn spare_since(&self) -> Option<Instant> {
        None
    }
    /// Ends as soon as what runs in it has been answered.
    fn retire(&self);
    /// Ends at once.
    fn abandon(&self);
}

/// How many sessions there may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caps {
    pub(crate) total: usize,
    pub(crate) per_owner: usize,
}

#[derive(Debug)]
pub(crate) struct Table<S: Kept> {
    pub(crate) limits: S::Limits,
    state: RwLock<State<S>>,
    watching: Once,
}

#[derive(Debug)]
struct State<S> {
    sessions: HashMap<SessionId, Arc<S>>,
    /// So that a bound per key costs a look at the sessions of that key only.
    counted: HashMap<CountKey, HashSet<SessionId>>,
    swept: Instant,
    /// Ends with the table, or when there is nothing left to look after.
    sweeper: Option<AbortOnDropHandle<()>>,
    /// No further session is opened.
    retired: bool,
}

impl<S: Kept> Table<S> {
    pub(crate) fn new(limits: S::Limits) -> Self {
        let state = State {
            sessions: HashMap::new(),
            counted: HashMap::new(),
            swept: Instant::now(),
            sweeper: None,
            retired: false,
        };
        Self {
            limits,
            state: RwLock::new(state),
            watching: Once::new(),
        }
    }

    pub(crate) fn open(self: &Arc<Self>, session: S) -> Result<Arc<S>, NotOpened> {
        let session = Arc::new(session);
        let holder = session.holder();
        let mut state = self.write();
        state.make_room(holder, &self.limits)?;
        if let Some(key) = holder.counted {
            let same = state.counted.entry(key).or_default();
            same.insert(session.id());
        }
        state.sessions.insert(session.id(), session.clone());
        let swept = state.sweeper.as_ref();
        if swept.is_none_or(AbortOnDropHandle::is_finished) {
            let sweeping = tokio::spawn(sweep_while_used(Arc::downgrade(self)));
            state.sweeper = Some(AbortOnDropHandle::new(sweeping));
        }
        Ok(session)
    }

    /// The session of that name, if it is this caller's.
    pub(crate) fn find(&self, id: &SessionId, owner: Option<OwnerKey>) -> Option<Arc<S>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let session = state.sessions.get(id)?;
        (session.holder().owner == owner).then(|| session.clone())
    }

    pub(crate) fn close(&self, id: &SessionId) {
        self.write().close(id);
    }

    /// Opens no further session, and ends every one as soon as its calls have been answered.
    fn retire(&self) {
        let mut state = self.write();
        state.retired = true;
        state.sessions.values().for_each(|session| session.retire());
    }

    /// Retires when the server shuts down. One task waits for that, instead of one per stream.
    pub(crate) fn watch(self: &Arc<Self>, shutdown: &Shutdown) {
        self.watching.call_once(|| {
            let shutdown = shutdown.clone();
            let table = Arc::downgrade(self);
            tokio::spawn(async move {
                shutdown.started().await;
                if let Some(table) = table.upgrade() {
                    table.retire();
                }
            });
        });
    }

    /// Between two looks.
    fn pause(&self) -> Duration {
        S::shortest_life(&self.limits).clamp(SWEEP_WHEN_FULL, SWEEP_EVERY)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State<S>> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session whose client has gone cannot notice that it has expired, and a call may run in it: one
/// task per table looks, instead of one timer per session.
async fn sweep_while_used<S: Kept>(table: Weak<Table<S>>) {
    loop {
        let Some(pause) = table.upgrade().map(|table| table.pause()) else {
            return;
        };
        sleep(pause).await;
        let Some(table) = table.upgrade() else {
            return;
        };
        let mut state = table.write();
        state.sweep(&table.limits);
        if state.sessions.is_empty() {
            state.sweeper = None;
            return;
        }
    }
}

impl<S: Kept> State<S> {
    fn make_room(&mut self, holder: Holder, limits: &S::Limits) -> Result<(), NotOpened> {
        let caps = S::caps(limits);
        // A session whose client is gone or stuck cannot notice that it has expired.
        match (self.admits(holder.counted, caps), holder.counted) {
            (Err(NotOpened::FullForOwner), Some(key)) => {
                self.make_room_of(key, holder.owner, limits);
            }
            (Err(NotOpened::Full), _) if self.swept.elapsed() >= SWEEP_WHEN_FULL => {
                self.sweep(limits);
            }
            (settled, _) => return settled,
        }
        self.admits(holder.counted, caps)
    }

    /// Closes what has expired of the sessions that count together, or else the one that is missed
    /// least: of the same owner if there is one, so that no client pushes out another's.
    fn make_room_of(&mut self, key: CountKey, owner: Option<OwnerKey>, limits: &S::Limits) {
        let same: Vec<_> = self.counted_by(key).cloned().collect();
        let expired = same.iter().filter(|session| session.expired(limits));
        let mut closing: Vec<_> = expired.map(|session| session.id()).collect();
        if closing.is_empty() {
            let spare = same
                .iter()
                .filter_map(|session| {
                    let foreign = session.holder().owner != owner;
                    Some(((foreign, session.spare_since()?), session.id()))
                })
                .min_by_key(|(order, _)| *order);
            closing.extend(spare.map(|(_, id)| id));
        }
        closing.iter().for_each(|id| self.close(id));
    }

    fn counted_by(&self, key: CountKey) -> impl Iterator<Item = &Arc<S>> {
        let same = self.counted.get(&key).into_iter().flatten();
        same.filter_map(|id| self.sessions.get(id))
    }

    fn count_of(&self, key: CountKey) -> usize {
        self.counted.get(&key).map_or(0, HashSet::len)
    }

    fn admits(&self, key: Option<CountKey>, caps: Caps) -> Result<(), NotOpened> {
        if self.retired {
            return Err(NotOpened::Retired);
        }
        if key.is_some_and(|key| self.count_of(key) >= caps.per_owner) {
            return Err(NotOpened::FullForOwner);
        }
        if self.sessions.len() >= caps.total {
            return Err(NotOpened::Full);
        }
        Ok(())
    }

    fn sweep(&mut self, limits: &S::Limits) {
        self.swept = Instant::now();
        let expired: Vec<_> = self
            .sessions
            .values()
            .filter(|session| session.expired(limits))
            .map(|session| session.id())
            .collect();
        expired.iter().for_each(|id| self.close(id));
    }

    fn close(&mut self, id: &SessionId) {
        let Some(session) = self.sessions.remove(id) else {
            return;
        };
        if let Some(key) = session.holder().counted
            && let Entry::Occupied(mut same) = self.counted.entry(key)
        {
            same.get_mut().remove(id);
            if same.get().is_empty() {
                same.remove();
            }
        }
        session.abandon();
    }
}
