//! The tools, by what they show.

mod asking;
mod content;
mod events;
mod input_required;
mod schemas;
mod tasks;
mod waiting;

use rmcp::handler::server::router::tool::ToolRouter;

pub(crate) use self::waiting::Waits;
use crate::Fixture;

/// One router of all tools; it is built once.
pub(crate) fn all() -> ToolRouter<Fixture> {
    Fixture::content_tools()
        + Fixture::event_tools()
        + Fixture::asking_tools()
        + Fixture::input_required_tools()
        + Fixture::schema_tools()
        + Fixture::task_tools()
        + Fixture::waiting_tools()
}
