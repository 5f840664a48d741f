//! Where another replica is, also when the directory has lost its memory.
//!
//! A directory on a server without a disk is empty after that server's restart, until all replicas have
//! registered again. Who is missing in it then may live, so a missing name counts only in a directory
//! that has been complete for long enough. A replica knows by its own name.

use std::{collections::HashMap, error::Error};

use http::uri::Authority;
use tokio::{
    sync::Notify,
    time::{Duration, Instant, timeout},
};

use super::{
    DirectoryError, Replica, ReplicaName,
    directory::{KEPT, Located, RENEW},
    quiet::Quiet,
};
use crate::session::Locked;

/// How long the directory may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// After this time every replica that lives has registered again: it does so every [`RENEW`], and has
/// some time for an attempt that fails.
const COMPLETE: Duration = Duration::from_secs(RENEW.as_secs() + 3);

/// Replicas whose addresses are remembered, and names that were found to be none.
const MOST: usize = 1_024;

/// How long a name that is none is remembered as such. No longer: a session of a replica that takes the name
/// meanwhile would be taken for lost.
const MISSED: Duration = Duration::from_secs(1);

pub(super) enum Whereabouts {
    At(Authority),
    /// It does not live, nor do its sessions.
    Nowhere,
    /// The directory cannot say so now.
    Unknown,
}

impl Replica {
    pub(super) async fn locate(&self, other: &ReplicaName) -> Whereabouts {
        if self.memory.is_missing(other) {
            return Whereabouts::Nowhere;
        }
        match self.ask_for(other).await {
            Ok(Some(address)) => {
                self.memory.remember(other, &address);
                return Whereabouts::At(address);
            }
            Ok(None) if self.knows_all_others().await => {
                self.memory.note_missing(other);
                return Whereabouts::Nowhere;
            }
            Ok(None) => tracing::debug!("the directory has lost its memory: a replica is missing"),
            Err(error) if self.memory.quiet.is_over() => {
                let cause = error.source().map(ToString::to_string);
                tracing::warn!(error = error.to_string(), cause, "cannot locate a replica");
            }
            Err(_) => {}
        }
        match self.memory.recall(other) {
            Some(address) => Whereabouts::At(address),
            None => Whereabouts::Unknown,
        }
    }

    /// Whether a replica that the directory does not know is none.
    async fn knows_all_others(&self) -> bool {
        if !self.memory.is_member() {
            return true;
        }
        match self.ask_for(&self.name).await {
            Ok(Some(_)) => self.memory.is_complete(),
            Ok(None) => {
                self.memory.note_gap();
                self.memory.forgotten.notify_one();
                false
            }
            Err(_) => false,
        }
    }

    /// Registers, and notes when the directory had forgotten this replica, or cannot be told.
    pub(super) async fn announce(&self, address: &Authority) -> Result<(), DirectoryError> {
        let was_known = matches!(self.ask_for(&self.name).await, Ok(Some(_)));
        let announced = self.register(address).await;
        if !was_known || announced.is_err() {
            self.memory.note_gap();
        }
        announced
    }

    pub(super) async fn register(&self, address: &Authority) -> Result<(), DirectoryError> {
        let registered = self.directory.register(&self.name, address);
        timeout(PATIENCE, registered)
            .await
            .unwrap_or_else(|late| Err(DirectoryError::new(late)))
    }

    async fn ask_for(&self, replica: &ReplicaName) -> Located {
        timeout(PATIENCE, self.directory.locate(replica))
            .await
            .unwrap_or_else(|late| Err(DirectoryError::new(late)))
    }
}

/// What this replica remembers of the directory.
#[derive(Default)]
pub(super) struct Memory {
    state: Locked<State>,
    /// Rings when the directory is found to have forgotten this replica.
    pub(super) forgotten: Notify,
    quiet: Quiet,
}

#[derive(Default)]
struct State {
    /// Whether the directory should know this replica.
    member: bool,
    /// When it was last seen not to, or could not be told.
    gap: Option<Instant>,
    located: HashMap<ReplicaName, (Authority, Instant)>,
    missing: HashMap<ReplicaName, Instant>,
}

impl Memory {
    pub(super) fn set_member(&self, member: bool) {
        self.state.lock().member = member;
    }

    fn is_member(&self) -> bool {
        self.state.lock().member
    }

    fn note_gap(&self) {
        self.state.lock().gap = Some(Instant::now());
    }

    fn is_complete(&self) -> bool {
        let gap = self.state.lock().gap;
        gap.is_none_or(|gap| gap.elapsed() >= COMPLETE)
    }

    fn remember(&self, replica: &ReplicaName, address: &Authority) {
        let located = &mut self.state.lock().located;
        if located.len() >= MOST {
            located.retain(|_, (_, when)| when.elapsed() < KEPT);
        }
        if located.len() < MOST {
            located.insert(replica.clone(), (address.clone(), Instant::now()));
        }
    }

    fn note_missing(&self, replica: &ReplicaName) {
        let missing = &mut self.state.lock().missing;
        if missing.len() >= MOST {
            missing.retain(|_, when| when.elapsed() < MISSED);
        }
        if missing.len() < MOST {
            missing.insert(replica.clone(), Instant::now());
        }
    }

    fn is_missing(&self, replica: &ReplicaName) -> bool {
        let state = self.state.lock();
        let missed = state.missing.get(replica);
        missed.is_some_and(|when| when.elapsed() < MISSED)
    }

    /// Where the directory knew a replica within the time that it would keep it.
    fn recall(&self, replica: &ReplicaName) -> Option<Authority> {
        let state = self.state.lock();
        let (address, when) = state.located.get(replica)?;
        (when.elapsed() < KEPT).then(|| address.clone())
    }
}
