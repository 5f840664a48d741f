use std::fmt;

use portcullis::schemars::{self, JsonSchema};
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::{WeatherError, notice};
use crate::nws::{DataSource, Nws, NwsError, wire};
use crate::place::Coordinates;

/// Arguments of `get_forecast`.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForecastQuery {
    /// Degrees north, such as 38.8977
    #[schemars(range(min = -90, max = 90))]
    pub latitude: f64,
    /// Degrees east; negative in the United States, such as -77.0365
    #[schemars(range(min = -180, max = 180))]
    pub longitude: f64,
}

/// The forecast for one place.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ForecastReport {
    /// Degrees north, rounded to four decimals
    pub latitude: f64,
    /// Degrees east, rounded to four decimals
    pub longitude: f64,
    /// The town nearby that the forecast is named after
    pub place: Option<String>,
    /// When the forecast was made, RFC 3339
    pub generated_at: Option<String>,
    /// Half days, from now on; usually fourteen
    pub periods: Vec<Period>,
    /// Whether this comes from the National Weather Service or from a recorded sample
    pub source: DataSource,
}

/// Half a day.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Period {
    /// Such as Tonight or Friday
    pub name: String,
    /// Begin, RFC 3339
    pub start_time: Option<String>,
    /// Day or night
    pub is_daytime: Option<bool>,
    /// High of a day, low of a night
    pub temperature: Option<Number>,
    /// F or C
    pub temperature_unit: String,
    /// Chance of precipitation in percent
    pub precipitation_percent: Option<Number>,
    /// Such as 10 to 15 mph
    pub wind_speed: Option<String>,
    /// Where the wind comes from, such as NW
    pub wind_direction: Option<String>,
    /// A few words
    pub summary: Option<String>,
    /// A few sentences
    pub detail: Option<String>,
}

/// Runs `get_forecast`.
///
/// # Errors
/// Numbers out of range, a place outside the United States, or no answer from the service.
pub async fn forecast(nws: &Nws, query: ForecastQuery) -> Result<ForecastReport, WeatherError> {
    let at = Coordinates::new(query.latitude, query.longitude)?;
    let found = nws.forecast(at).await?;
    if found.forecast.properties.periods.is_empty() {
        return Err(NwsError::NoForecast.into());
    }
    Ok(ForecastReport::new(at, found, nws.source()))
}

impl ForecastReport {
    fn new(at: Coordinates, found: wire::PlaceForecast, source: DataSource) -> Self {
        let place = found
            .point
            .properties
            .relative_location
            .map(|it| it.properties);
        let forecast = found.forecast.properties;
        Self {
            latitude: at.latitude(),
            longitude: at.longitude(),
            place: place.map(|it| format!("{}, {}", it.city, it.state)),
            generated_at: forecast.generated_at,
            periods: forecast.periods.into_iter().map(Period::from).collect(),
            source,
        }
    }
}

impl From<wire::Period> for Period {
    fn from(period: wire::Period) -> Self {
        let (temperature, unit) = match period.temperature {
            None => (None, None),
            Some(wire::Temperature::Number(number)) => (Some(number), period.temperature_unit),
            Some(wire::Temperature::Quantity(quantity)) => (quantity.value, quantity.unit_code),
        };
        // `wmoUnit:degC` beside a quantity, a bare letter beside a number.
        let unit = unit
            .as_deref()
            .map_or("F", |unit| unit.trim_start_matches("wmoUnit:deg"));
        Self {
            name: period.name.unwrap_or_else(|| "Unnamed period".to_owned()),
            start_time: period.start_time,
            is_daytime: period.is_daytime,
            temperature,
            temperature_unit: unit.to_owned(),
            precipitation_percent: period
                .probability_of_precipitation
                .and_then(|chance| chance.value),
            wind_speed: period.wind_speed,
            wind_direction: period.wind_direction,
            summary: period.short_forecast,
            detail: period.detailed_forecast,
        }
    }
}

impl fmt::Display for ForecastReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(notice(self.source))?;
        write!(f, "Forecast for {}, {}", self.latitude, self.longitude)?;
        match (&self.place, self.source) {
            (Some(place), DataSource::Live) => write!(f, " (near {place})")?,
            (Some(place), DataSource::Recorded) => write!(f, " (nearest recorded city: {place})")?,
            (None, _) => {}
        }
        f.write_str(":")?;
        for period in &self.periods {
            write!(f, "\n\n{period}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.name)?;
        if let Some(temperature) = &self.temperature {
            write!(f, "\nTemperature: {temperature} °{}", self.temperature_unit)?;
        }
        if let Some(percent) = &self.precipitation_percent {
            write!(f, "\nPrecipitation: {percent} %")?;
        }
        if let Some(speed) = &self.wind_speed {
            write!(f, "\nWind: {speed}")?;
            if let Some(direction) = &self.wind_direction {
                write!(f, " {direction}")?;
            }
        }
        if let Some(text) = self
            .detail
            .as_ref()
            .filter(|it| !it.is_empty())
            .or(self.summary.as_ref())
        {
            write!(f, "\n{text}")?;
        }
        f.write_str("\n---")
    }
}
