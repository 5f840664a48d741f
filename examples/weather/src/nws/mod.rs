//! The National Weather Service, <https://api.weather.gov>: live, or from a recording.
//!
//! [`Nws`] is what the tools ask. Answers say where they come from ([`DataSource`]), so that a
//! recording is never mistaken for the weather outside.

mod cache;
mod client;
mod error;
mod fetch;
mod recorded;
mod settings;
pub(crate) mod wire;

use portcullis::schemars::{self, JsonSchema};
use serde::Serialize;

use crate::place::{Coordinates, StateCode};
use client::NwsClient;
use recorded::Recording;

pub use error::NwsError;
pub use settings::{NwsLimits, NwsSettings, WeatherMode};

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DataSource {
    /// Fetched from the National Weather Service.
    Live,
    /// A sample that ships with this program: not the current weather.
    Recorded,
}

/// The weather service as the tools see it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Nws(Backend);

#[derive(Debug, Clone)]
enum Backend {
    Live(NwsClient),
    Recorded(Recording),
}

impl Nws {
    /// Opens the service as `mode` says. [`WeatherMode::Auto`] asks the service once, for at most
    /// two seconds, and logs what it decided.
    ///
    /// # Errors
    /// Settings that no client can be made from.
    pub async fn open(settings: &NwsSettings, mode: WeatherMode) -> Result<Self, NwsError> {
        match mode {
            WeatherMode::Live => Self::live(settings, NwsLimits::default()),
            WeatherMode::Recorded => {
                tracing::info!(
                    "weather: recorded sample data, as asked for; not the current weather"
                );
                Self::recorded()
            }
            WeatherMode::Auto => {
                let client = NwsClient::new(settings, NwsLimits::default())?;
                if client.reachable().await {
                    tracing::info!(base_url = %settings.base_url, "weather: live");
                    return Ok(Self(Backend::Live(client)));
                }
                tracing::warn!(
                    base_url = %settings.base_url,
                    "weather: the service cannot be reached, so RECORDED SAMPLE DATA is shown, not \
                     the current weather; restart when there is a network, or set the base URL"
                );
                Self::recorded()
            }
        }
    }

    /// Always asks the service.
    ///
    /// # Errors
    /// Settings that no client can be made from.
    pub fn live(settings: &NwsSettings, limits: NwsLimits) -> Result<Self, NwsError> {
        Ok(Self(Backend::Live(NwsClient::new(settings, limits)?)))
    }

    /// Always answers from the recording.
    ///
    /// # Errors
    /// The recording that is built in cannot be read.
    pub fn recorded() -> Result<Self, NwsError> {
        Ok(Self(Backend::Recorded(Recording::load()?)))
    }

    /// Where answers come from.
    pub fn source(&self) -> DataSource {
        match &self.0 {
            Backend::Live(_) => DataSource::Live,
            Backend::Recorded(_) => DataSource::Recorded,
        }
    }

    /// The alerts that are in force in `state` now.
    pub(crate) async fn alerts(&self, state: StateCode) -> Result<wire::Alerts, NwsError> {
        match &self.0 {
            Backend::Live(client) => client.alerts(state).await,
            Backend::Recorded(recording) => Ok(recording.alerts(state)),
        }
    }

    /// The forecast for the grid cell at `at`.
    pub(crate) async fn forecast(&self, at: Coordinates) -> Result<wire::PlaceForecast, NwsError> {
        match &self.0 {
            Backend::Live(client) => client.forecast(at).await,
            Backend::Recorded(recording) => recording.forecast(at),
        }
    }
}
