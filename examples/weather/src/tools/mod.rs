//! What the two tools take, do and answer: no protocol here, only values and their text.

mod alerts;
mod error;
mod forecast;

pub use alerts::{Alert, AlertsQuery, AlertsReport, alerts};
pub use error::WeatherError;
pub use forecast::{ForecastQuery, ForecastReport, Period, forecast};

use crate::nws::DataSource;

/// The line above every answer that does not come from the service itself.
fn notice(source: DataSource) -> &'static str {
    match source {
        DataSource::Live => "",
        DataSource::Recorded => "RECORDED SAMPLE DATA, not the current weather.\n\n",
    }
}
