use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Serialize;
use url::Url;

use crate::settings::absolute_url;

/// How the National Weather Service is reached.
#[derive(Debug, Clone, Args, Serialize)]
pub struct NwsSettings {
    /// Base URL of the weather service; forecasts are fetched from this host only
    #[serde(rename = "NWS_BASE_URL")]
    #[arg(
        long = "nws-base-url",
        env = "NWS_BASE_URL",
        value_name = "NWS_BASE_URL",
        value_parser = absolute_url,
        default_value = "https://api.weather.gov"
    )]
    pub base_url: Url,

    /// Whom the service may write to about our traffic (e-mail or web address)
    #[serde(rename = "NWS_CONTACT")]
    #[arg(
        long = "nws-contact",
        env = "NWS_CONTACT",
        default_value = "https://github.com/portcullis-mcp/portcullis"
    )]
    pub contact: String,
}

/// Bounds on one exchange with the service.
#[derive(Debug, Clone, Copy)]
pub struct NwsLimits {
    /// One attempt, from connecting to the last byte. Default 5 s.
    pub timeout: Duration,
    /// Wait before the second attempt; doubled before the third, which is the last. Default 250 ms.
    pub backoff: Duration,
    /// Largest body in bytes. Default 4 MiB: a state with a hundred alerts needs about 1 MB.
    pub max_body: usize,
}

impl Default for NwsLimits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            backoff: Duration::from_millis(250),
            max_body: 4 * 1024 * 1024,
        }
    }
}

/// Where the weather comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WeatherMode {
    /// The National Weather Service; its failures are shown as failures
    Live,
    /// Sample data that ships with the program
    Recorded,
    /// Live if the service answers at start, else recorded
    Auto,
}
