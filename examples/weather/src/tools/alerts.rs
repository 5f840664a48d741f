use std::fmt;

use portcullis::schemars::{self, JsonSchema};
use serde::{Deserialize, Serialize};

use super::{WeatherError, notice};
use crate::nws::{DataSource, Nws, wire};
use crate::place::StateCode;

/// A hurricane can bring hundreds of alerts; a reader, or a model's context, is served by fewer.
const MAX_ALERTS: usize = 40;

/// Arguments of `get_alerts`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertsQuery {
    /// Two-letter code of a US state or territory, such as CA
    #[schemars(length(equal = 2))]
    pub state: String,
}

/// The alerts in force in one state.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AlertsReport {
    /// Two-letter code of the state
    pub state: String,
    /// Alerts in force now, most severe first
    pub alerts: Vec<Alert>,
    /// How many further alerts are in force that are not listed
    // `uint`, what usize is by itself, is no format that validators know.
    #[schemars(with = "i32", range(min = 0))]
    pub omitted: usize,
    /// Whether this comes from the National Weather Service or from a recorded sample
    pub source: DataSource,
}

/// One warning, watch, advisory or statement.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Alert {
    /// Kind of alert, such as Wind Advisory
    pub event: String,
    /// The places it is for
    pub area: String,
    /// Extreme, Severe, Moderate, Minor or Unknown
    pub severity: String,
    /// Immediate, Expected, Future, Past or Unknown
    pub urgency: String,
    /// One line, if the office wrote one
    pub headline: Option<String>,
    /// What, where and when
    pub description: Option<String>,
    /// What to do, if the office says so
    pub instruction: Option<String>,
    /// Begin, RFC 3339
    pub onset: Option<String>,
    /// End, RFC 3339
    pub ends: Option<String>,
}

/// Runs `get_alerts`.
///
/// # Errors
/// An unknown state, or no answer from the service.
pub async fn alerts(nws: &Nws, query: &AlertsQuery) -> Result<AlertsReport, WeatherError> {
    let state: StateCode = query.state.parse()?;
    Ok(AlertsReport::new(
        state,
        nws.alerts(state).await?,
        nws.source(),
    ))
}

impl AlertsReport {
    fn new(state: StateCode, found: wire::Alerts, source: DataSource) -> Self {
        let in_force = found.features.len();
        let mut alerts: Vec<_> = found
            .features
            .into_iter()
            .filter_map(|item| match item {
                wire::Item::Read(alert) => Some(Alert::from(alert.properties)),
                wire::Item::Odd(_) => None,
            })
            .collect();
        alerts.sort_by_key(|alert| severity_rank(&alert.severity));
        let omitted = in_force - alerts.len().min(MAX_ALERTS);
        alerts.truncate(MAX_ALERTS);
        Self {
            state: state.to_string(),
            alerts,
            omitted,
            source,
        }
    }
}

impl From<wire::Alert> for Alert {
    fn from(alert: wire::Alert) -> Self {
        let or_unknown = |text: Option<String>| text.unwrap_or_else(|| "Unknown".to_owned());
        Self {
            event: or_unknown(alert.event),
            area: or_unknown(alert.area_desc),
            severity: or_unknown(alert.severity),
            urgency: or_unknown(alert.urgency),
            headline: alert.headline,
            description: alert.description,
            instruction: alert.instruction,
            onset: alert.onset,
            ends: alert.ends.or(alert.expires),
        }
    }
}

fn severity_rank(severity: &str) -> usize {
    const ORDER: [&str; 4] = ["Extreme", "Severe", "Moderate", "Minor"];
    ORDER
        .iter()
        .position(|known| *known == severity)
        .unwrap_or(ORDER.len())
}

impl fmt::Display for AlertsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(notice(self.source))?;
        if self.alerts.is_empty() && self.omitted == 0 {
            return write!(f, "No weather alerts are in force in {}.", self.state);
        }
        write!(f, "Weather alerts in force in {}:", self.state)?;
        for alert in &self.alerts {
            write!(f, "\n\n{alert}")?;
        }
        if self.omitted > 0 {
            write!(f, "\n\n{} more alerts are in force.", self.omitted)?;
        }
        Ok(())
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Event: {}\nArea: {}\nSeverity: {}\nUrgency: {}",
            self.event, self.area, self.severity, self.urgency
        )?;
        let lines = [
            ("From", &self.onset),
            ("Until", &self.ends),
            ("Headline", &self.headline),
            ("Description", &self.description),
            ("Instructions", &self.instruction),
        ];
        for (label, value) in lines {
            if let Some(value) = value {
                write!(f, "\n{label}: {value}")?;
            }
        }
        f.write_str("\n---")
    }
}
