use portcullis::{Events, prelude::*};

use super::{app, open};
use crate::{
    server::{App, Launch},
    workload::Problem,
};

struct Board {
    events: Events,
}

#[mcp_server(name = "bench")]
impl Board {
    /// Says that the tools have changed.
    #[tool]
    async fn announce(&self) -> Result<String, ToolError> {
        self.events.tools_changed().await?;
        Ok("announced".into())
    }
}

/// A tool that tells everybody something who listens.
pub(crate) fn board(launch: &Launch<'_>) -> Result<App, Problem> {
    let events = Events::default();
    let board = Board {
        events: events.clone(),
    };
    app(launch, open(launch, board).events(events).build()?)
}
