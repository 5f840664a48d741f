//! Who may use which tool: one table, asked twice.
//!
//! First by [`ScopePolicy`] before anything is dispatched, where a refusal can still be an HTTP 403
//! that makes the client ask for more scopes; then by [`Guarded`] at the tool itself, whatever
//! transport the call came by.

mod guarded;
mod guarded_tasks;
#[cfg(feature = "http")]
mod http;
mod table;
mod task_ids;

pub(crate) use guarded::Guarded;
#[cfg(feature = "http")]
pub(crate) use http::ScopePolicy;
pub(crate) use table::{ToolTable, Verdict};
pub(crate) use task_ids::{Callers, StartedTask, TaskIds};

/// Tells the operator that a caller may not use a tool. `status` is that of HTTP, also where the
/// transport has none.
fn note_refusal(tool: &str, status: ::http::StatusCode) {
    tracing::debug!(
        tool,
        status = status.as_u16(),
        "the caller may not use this tool"
    );
    #[cfg(feature = "metrics")]
    metrics::counter!(
        "portcullis_refusals_total",
        "layer" => "scopes",
        "status" => status.as_str().to_owned(),
    )
    .increment(1);
}
