//! All open sessions of an endpoint.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, RwLockWriteGuard},
};

use thiserror::Error;

use super::{id::SessionId, limits::SseLimits, session::Session};
use crate::OwnerKey;

#[derive(Debug)]
pub(super) struct Table {
    pub(super) limits: SseLimits,
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    sessions: HashMap<SessionId, Arc<Session>>,
    per_owner: HashMap<OwnerKey, usize>,
    /// No further session is opened.
    retired: bool,
}

/// Why no session is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum NotOpened {
    #[error("this server is shutting down; connect again")]
    Retired,
    #[error("this server has as many open streams as it may have; try again later")]
    Full,
    #[error("you have as many open streams as one caller may have; close one, then try again")]
    FullForOwner,
    #[error("no random session id can be made")]
    NoEntropy(#[from] getrandom::Error),
}

impl Table {
    pub(super) fn new(limits: SseLimits) -> Self {
        Self {
            limits,
            state: RwLock::default(),
        }
    }

    pub(super) fn open(&self, owner: Option<OwnerKey>) -> Result<Arc<Session>, NotOpened> {
        let limits = &self.limits;
        let session = Arc::new(Session::new(SessionId::random()?, owner));
        let mut state = self.write();
        if let Err(full) = state.admits(owner, limits) {
            // A reader that is stuck cannot notice that its own session has expired.
            state.sweep(limits);
            state.admits(owner, limits).map_err(|_| full)?;
        }
        if let Some(owner) = owner {
            *state.per_owner.entry(owner).or_default() += 1;
        }
        state.sessions.insert(session.id, session.clone());
        Ok(session)
    }

    /// The session of that name, if it is this caller's.
    pub(super) fn find(&self, id: &SessionId, owner: Option<OwnerKey>) -> Option<Arc<Session>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let session = state.sessions.get(id)?;
        (session.owner == owner).then(|| session.clone())
    }

    pub(super) fn close(&self, id: &SessionId) {
        self.write().close(id);
    }

    /// Opens no further session, and ends every one as soon as its calls have been answered.
    pub(super) fn retire(&self) {
        let mut state = self.write();
        state.retired = true;
        state.sessions.values().for_each(|session| session.retire());
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn admits(&self, owner: Option<OwnerKey>, limits: &SseLimits) -> Result<(), NotOpened> {
        if self.retired {
            return Err(NotOpened::Retired);
        }
        let of_owner = owner.and_then(|owner| self.per_owner.get(&owner));
        if of_owner.is_some_and(|open| *open >= limits.max_sessions_per_owner) {
            return Err(NotOpened::FullForOwner);
        }
        if self.sessions.len() >= limits.max_sessions {
            return Err(NotOpened::Full);
        }
        Ok(())
    }

    fn sweep(&mut self, limits: &SseLimits) {
        let expired: Vec<_> = self
            .sessions
            .values()
            .filter(|session| session.expired(limits))
            .map(|session| session.id)
            .collect();
        expired.iter().for_each(|id| self.close(id));
    }

    fn close(&mut self, id: &SessionId) {
        let Some(session) = self.sessions.remove(id) else {
            return;
        };
        if let Some(owner) = session.owner
            && let Some(open) = self.per_owner.get_mut(&owner)
        {
            *open -= 1;
            if *open == 0 {
                self.per_owner.remove(&owner);
            }
        }
        session.abandon();
    }
}
