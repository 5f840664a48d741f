//! The tasks of a server, and room for them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rmcp::task_manager::TaskManager;
use tokio::time::Instant;

use super::TaskLimits;

/// A caller, whichever client acts for it; nobody, if it is anonymous.
pub(super) type Owner = Option<[u8; 32]>;

/// Every task that runs, or whose result is kept, by its id.
#[derive(Debug, Default)]
pub(super) struct Table(Mutex<HashMap<String, Entry>>);

struct Entry {
    owner: Owner,
    /// Of this task alone, since rmcp's manager cannot be told to forget one.
    manager: TaskManager,
    ended: Option<Instant>,
}

/// Why there is no room.
pub(super) enum Full {
    /// The caller has as many running tasks as one may have.
    Owner,
    Server,
}

/// A running task; dropped when its work is over, in whichever way.
pub(super) struct Running {
    table: Arc<Table>,
    id: String,
}

impl Table {
    /// Makes room for a task: the oldest finished one of the same caller makes way, if need be. A running
    /// one never does, and none of an anonymous caller, who cannot be told from others.
    pub(super) fn begin(
        self: &Arc<Self>,
        id: &str,
        manager: TaskManager,
        owner: Owner,
        limits: &TaskLimits,
    ) -> Result<Running, Full> {
        let mut tasks = self.tasks();
        tasks.retain(|_, task| task.is_kept(limits));
        if let Some(full) = full(&tasks, owner, limits) {
            let oldest = oldest_finished(&tasks, owner).ok_or(full)?;
            tasks.remove(&oldest);
        }
        let task = Entry {
            owner,
            manager,
            ended: None,
        };
        tasks.insert(id.to_owned(), task);
        Ok(Running {
            table: Arc::clone(self),
            id: id.to_owned(),
        })
    }

    /// Who knows the task with this id, if it runs or its result is kept.
    pub(super) fn manager(&self, id: &str, limits: &TaskLimits) -> Option<TaskManager> {
        let tasks = self.tasks();
        let task = tasks.get(id).filter(|task| task.is_kept(limits))?;
        Some(task.manager.clone())
    }

    fn tasks(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn full(tasks: &HashMap<String, Entry>, owner: Owner, limits: &TaskLimits) -> Option<Full> {
    if tasks.len() >= limits.max_tasks {
        return Some(Full::Server);
    }
    // Together, those who have no name would keep each other out.
    let own = tasks.values().filter(|task| task.owner == owner).count();
    (owner.is_some() && own >= limits.max_tasks_per_owner).then_some(Full::Owner)
}

fn oldest_finished(tasks: &HashMap<String, Entry>, owner: Owner) -> Option<String> {
    owner?;
    let own = tasks.iter().filter(|(_, task)| task.owner == owner);
    let finished = own.filter_map(|(id, task)| Some((task.ended?, id)));
    let (_, id) = finished.min()?;
    Some(id.clone())
}

impl Entry {
    fn is_kept(&self, limits: &TaskLimits) -> bool {
        self.ended
            .is_none_or(|ended| ended.elapsed() < limits.lifetime)
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(task) = self.table.tasks().get_mut(&self.id) {
            task.ended = Some(Instant::now());
        }
    }
}
