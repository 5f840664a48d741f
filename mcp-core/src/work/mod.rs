//! Work that takes longer than a client wants to wait for an answer: a task, where the client knows
//! tasks.

mod limits;
mod long_work;
mod table;
mod tasks;

pub use limits::TaskLimits;
pub use long_work::{LongWork, Running};
pub(crate) use tasks::{Tasks, client_knows_tasks};
