//! Who may use what: one value, asked twice.
//!
//! First by [`ScopePolicy`] before anything is dispatched, where a refusal can still be an HTTP 403
//! that makes the client ask for more scopes; then by [`Guarded`] at the handler itself, whatever
//! transport the call came by.

mod access;
mod guarded;
mod guarded_tasks;
mod guarded_tools;
#[cfg(feature = "http")]
mod http;
mod pages;
mod private;
mod prompts;
mod readings;
mod refusals;
mod resources;
mod scopes;
mod task_ids;
mod tools;

pub(crate) use access::{Access, Callers, Verdict};
pub(crate) use guarded::Guarded;
#[cfg(feature = "http")]
pub(crate) use http::ScopePolicy;
pub(crate) use pages::ToolPages;
pub(crate) use prompts::PromptTable;
pub(crate) use refusals::count;
use refusals::{note_refusal, note_unknown};
pub(crate) use resources::ResourceTable;
pub(crate) use scopes::Scopes;
pub(crate) use task_ids::{StartedTask, TaskIds};
pub(crate) use tools::ToolTable;
