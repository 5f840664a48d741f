//! Who may use what: one value, asked twice.
//!
//! First by [`ScopePolicy`] before anything is dispatched, where a refusal can still be an HTTP 403
//! that makes the client ask for more scopes; then by [`Guarded`] at the handler itself, whatever
//! transport the call came by.

mod access;
mod guarded;
mod guarded_tasks;
#[cfg(feature = "http")]
mod http;
mod private;
mod prompts;
mod readings;
mod resources;
mod scopes;
mod task_ids;
mod tools;

use portcullis_transport::Subject;

pub(crate) use access::{Access, Callers, Verdict};
pub(crate) use guarded::Guarded;
#[cfg(feature = "http")]
pub(crate) use http::ScopePolicy;
pub(crate) use prompts::PromptTable;
pub(crate) use resources::ResourceTable;
pub(crate) use scopes::Scopes;
pub(crate) use task_ids::{StartedTask, TaskIds};
pub(crate) use tools::ToolTable;

/// Tells the operator that a caller may not use something. `status` is that of HTTP, also where the
/// transport has none.
fn note_refusal(subject: Subject<'_>, status: ::http::StatusCode) {
    tracing::debug!(
        what = label(subject),
        status = status.as_u16(),
        "the caller may not use this"
    );
    #[cfg(feature = "metrics")]
    metrics::counter!(
        "portcullis_refusals_total",
        "layer" => "scopes",
        "status" => status.as_str().to_owned(),
    )
    .increment(1);
}

/// What is refused, as people read it. Names that clients make up are not repeated: only a declared
/// tool or prompt has scopes.
fn label(subject: Subject<'_>) -> &str {
    match subject {
        Subject::Tool(name) | Subject::Prompt(name) => name,
        Subject::Task(_) => "this task",
        _ => "this resource",
    }
}
