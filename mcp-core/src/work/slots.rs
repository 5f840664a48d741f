//! Room for tasks.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::runtime::Handle;

use super::TaskLimits;

/// How long a cancelled task counts. All that is left of it is its status, but for free a caller could
/// leave any number of those.
const CANCELLED: Duration = Duration::from_secs(60);

/// A caller, whichever client acts for it; nobody, if it is anonymous.
pub(super) type Owner = Option<[u8; 32]>;

#[derive(Debug, Default)]
pub(super) struct Slots(Mutex<HashMap<Owner, usize>>);

/// Why there is no room.
pub(super) enum Full {
    /// The caller has as many tasks as one may have.
    Owner,
    Server,
}

/// Room for one task: from its beginning until its result is forgotten.
pub(super) struct Slot {
    slots: Arc<Slots>,
    owner: Owner,
    kept: Duration,
}

impl Slots {
    pub(super) fn take(self: &Arc<Self>, owner: Owner, limits: &TaskLimits) -> Result<Slot, Full> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.values().sum::<usize>() >= limits.max_tasks {
            return Err(Full::Server);
        }
        // Who has no name cannot be told from others, and would keep them out.
        if owner.is_some()
            && held.get(&owner).copied().unwrap_or_default() >= limits.max_tasks_per_owner
        {
            return Err(Full::Owner);
        }
        *held.entry(owner).or_default() += 1;
        Ok(Slot {
            slots: Arc::clone(self),
            owner,
            kept: limits.lifetime,
        })
    }

    fn give_back(&self, owner: Owner) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&owner) {
            *count -= 1;
            if *count == 0 {
                held.remove(&owner);
            }
        }
    }
}

impl Slot {
    /// The task was cancelled.
    pub(super) fn has_no_result(&mut self) {
        self.kept = self.kept.min(CANCELLED);
    }
}

/// The work is over, in whichever way; its result is kept for a while.
impl Drop for Slot {
    fn drop(&mut self) {
        let (slots, owner, kept) = (Arc::clone(&self.slots), self.owner, self.kept);
        let Ok(runtime) = Handle::try_current() else {
            return slots.give_back(owner);
        };
        runtime.spawn(async move {
            tokio::time::sleep(kept).await;
            slots.give_back(owner);
        });
    }
}
