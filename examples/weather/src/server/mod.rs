//! The MCP server: two tools, the scope they need, and how their values become results.

mod answer;

use std::error::Error as _;

use portcullis::prelude::*;
use portcullis::rmcp::handler::server::common::schema_for_output;

use crate::nws::Nws;
use crate::tools::{self, AlertsQuery, AlertsReport, ForecastQuery, ForecastReport, WeatherError};
use answer::Answer;

/// The weather server; both tools need the scope `mcp-server/read`.
#[derive(Debug, Clone)]
pub struct Weather {
    nws: Nws,
}

impl Weather {
    /// A server that answers from `nws`.
    pub fn new(nws: Nws) -> Self {
        Self { nws }
    }
}

#[mcp_server(
    name = "weather",
    instructions = "Weather alerts and forecasts for the United States."
)]
impl Weather {
    /// Weather alerts (warnings, watches, advisories) in force now in a US state or territory.
    #[tool(
        scopes("mcp-server/read"),
        title = "Weather alerts",
        annotations(read_only_hint = true, open_world_hint = true),
        output_schema = schema_for_output::<AlertsReport>()
    )]
    async fn get_alerts(
        &self,
        Parameters(query): Parameters<AlertsQuery>,
    ) -> Result<Answer<AlertsReport>, ToolError> {
        tools::alerts(&self.nws, &query)
            .await
            .map(Answer)
            .map_err(explain)
    }

    /// Weather forecast, day by day, for a place in the United States.
    #[tool(
        scopes("mcp-server/read"),
        title = "Weather forecast",
        annotations(read_only_hint = true, open_world_hint = true),
        output_schema = schema_for_output::<ForecastReport>()
    )]
    async fn get_forecast(
        &self,
        Parameters(query): Parameters<ForecastQuery>,
    ) -> Result<Answer<ForecastReport>, ToolError> {
        tools::forecast(&self.nws, query)
            .await
            .map(Answer)
            .map_err(explain)
    }
}

/// The caller reads the sentence; what lies under it goes to the log.
fn explain(error: WeatherError) -> ToolError {
    let explained = ToolError::new(error.to_string());
    if error.source().is_some() {
        explained.with_cause(error)
    } else {
        explained
    }
}
