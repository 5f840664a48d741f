//! Tasks of tools that take long.

use rmcp::ServerHandler;

use super::McpServerBuilder;
use crate::{
    policy::Scopes,
    work::{TaskLimits, Tasks},
};

/// What the author has said about tasks.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WorkSettings {
    limits: TaskLimits,
}

impl WorkSettings {
    /// The room for tasks, where a tool of the server may begin one.
    pub(crate) fn tasks_of(&self, scopes: &Scopes) -> Option<Tasks> {
        scopes.tools.begin_tasks().then(|| Tasks::new(self.limits))
    }
}

impl<H, A> McpServerBuilder<H, A> {
    /// Bounds the tasks of tools that take [`LongWork`](crate::LongWork). Default: those of
    /// [`TaskLimits`].
    pub fn task_limits(mut self, limits: TaskLimits) -> Self {
        self.work.limits = limits;
        self
    }
}

impl<H: ServerHandler, A> McpServerBuilder<H, A> {
    /// Of whichever kind. Where a tool takes `LongWork`, the handler's own methods for tasks are not
    /// called.
    pub(crate) fn has_tasks(&self, scopes: &Scopes) -> bool {
        scopes.tools.begin_tasks() || self.handler.get_info().capabilities.supports_tasks()
    }
}
