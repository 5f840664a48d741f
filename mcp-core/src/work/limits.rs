use std::time::Duration;

/// Bounds of the tasks of one server.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct TaskLimits {
    /// Tasks at one time, whoever's: those that run, and those whose result is kept. Where there is no
    /// room, the oldest finished task of the caller who begins another makes way, and its result is
    /// forgotten; a running one never does, nor one of somebody else, as every anonymous caller may be.
    /// Default: 1,000.
    pub max_tasks: usize,
    /// Tasks of one caller (issuer and subject, in all clients) at one time; those of anonymous callers
    /// count among all only. It bounds what runs, since finished ones make way. Default: 32.
    pub max_tasks_per_owner: usize,
    /// How long a task may run, and how long its result is kept then. Clients are told it as `ttlMs`.
    /// Default: one hour.
    pub lifetime: Duration,
}

impl Default for TaskLimits {
    fn default() -> Self {
        Self {
            max_tasks: 1_000,
            max_tasks_per_owner: 32,
            lifetime: Duration::from_secs(60 * 60),
        }
    }
}
