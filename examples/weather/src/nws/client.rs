use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use url::Url;

use super::fetch::Fetcher;
use super::wire::{self, PlaceForecast};
use super::{NwsError, NwsLimits, NwsSettings};
use crate::place::{Coordinates, StateCode};

const PROBE_TIME: Duration = Duration::from_secs(2);

/// The three requests that this server makes.
#[derive(Debug, Clone)]
pub(super) struct NwsClient {
    fetch: Fetcher,
    base: Arc<Url>,
}

impl NwsClient {
    pub(super) fn new(settings: &NwsSettings, limits: NwsLimits) -> Result<Self, NwsError> {
        let base = &settings.base_url;
        if !matches!(base.scheme(), "https" | "http") || base.host().is_none() {
            return Err(NwsError::Settings(
                "NWS_BASE_URL must be an http(s) URL such as https://api.weather.gov".to_owned(),
            ));
        }
        Ok(Self {
            fetch: Fetcher::new(&settings.contact, limits)?,
            base: Arc::new(base.clone()),
        })
    }

    /// Whether the service answers at all, within two seconds.
    pub(super) async fn reachable(&self) -> bool {
        let probe = self.fetch.body(&self.base);
        matches!(tokio::time::timeout(PROBE_TIME, probe).await, Ok(Ok(_)))
    }

    pub(super) async fn alerts(&self, state: StateCode) -> Result<wire::Alerts, NwsError> {
        let mut url = self.at(&["alerts", "active"]);
        url.query_pairs_mut()
            .append_pair("status", "actual")
            .append_pair("area", state.as_str());
        self.json(&url).await
    }

    /// Two steps: the point names its grid cell's forecast, which is then fetched.
    pub(super) async fn forecast(&self, at: Coordinates) -> Result<PlaceForecast, NwsError> {
        let point = self.at(&["points", &at.to_string()]);
        let point: wire::Point = match self.json(&point).await {
            Err(NwsError::Status(404)) => return Err(NwsError::OutsideCoverage(at.to_string())),
            point => point?,
        };
        let forecast = point
            .properties
            .forecast
            .as_ref()
            .ok_or(NwsError::NoForecast)?;
        let forecast = self.on_this_host(forecast)?;
        Ok(PlaceForecast {
            point,
            forecast: self.json(&forecast).await?,
        })
    }

    /// The URL, if it has the base URL's scheme, host and port.
    fn on_this_host(&self, url: &str) -> Result<Url, NwsError> {
        Url::parse(url)
            .ok()
            .filter(|url| url.origin() == self.base.origin())
            .ok_or(NwsError::ForeignUrl)
    }

    /// A path below the base URL; every segment is percent-encoded.
    fn at(&self, segments: &[&str]) -> Url {
        let mut url = Url::clone(&self.base);
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    async fn json<T: DeserializeOwned>(&self, url: &Url) -> Result<T, NwsError> {
        serde_json::from_slice(&self.fetch.body(url).await?).map_err(NwsError::Malformed)
    }
}
