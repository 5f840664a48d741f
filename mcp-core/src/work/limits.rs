use std::time::Duration;

/// Bounds of the tasks of one server.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct TaskLimits {
    /// Tasks at one time, whoever's. A task counts until its result is no longer kept; one that was
    /// cancelled, for a minute. Default: 1,000.
    pub max_tasks: usize,
    /// Tasks of one caller (issuer and subject, in all clients) at one time; those of anonymous callers
    /// count among all only. Default: 32.
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
