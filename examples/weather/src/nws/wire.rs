//! The service's GeoJSON, as far as it is read. Every member that the service may leave out may be
//! `null`, too, and one odd alert does not hide the others.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::Number;

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Alerts {
    pub(crate) features: Vec<Item<Feature<Alert>>>,
}

/// An item of a list; one that cannot be read still counts.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Item<T> {
    Read(T),
    Odd(IgnoredAny),
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Feature<T> {
    pub(crate) properties: T,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Alert {
    pub(crate) event: Option<String>,
    pub(crate) area_desc: Option<String>,
    pub(crate) severity: Option<String>,
    pub(crate) urgency: Option<String>,
    pub(crate) headline: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) instruction: Option<String>,
    pub(crate) onset: Option<String>,
    pub(crate) ends: Option<String>,
    pub(crate) expires: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) geocode: Geocode,
}

/// The zones of an alert, such as `CAZ006`: a state's code comes first.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Geocode {
    #[serde(rename = "UGC", default, deserialize_with = "or_default")]
    pub(crate) ugc: Vec<String>,
}

pub(crate) struct PlaceForecast {
    pub(crate) point: Point,
    pub(crate) forecast: Forecast,
}

pub(crate) type Point = Feature<PointProperties>;
pub(crate) type Forecast = Feature<ForecastProperties>;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PointProperties {
    pub(crate) forecast: Option<String>,
    pub(crate) relative_location: Option<Feature<Place>>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Place {
    pub(crate) city: String,
    pub(crate) state: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ForecastProperties {
    pub(crate) generated_at: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) periods: Vec<Period>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Period {
    pub(crate) name: Option<String>,
    pub(crate) start_time: Option<String>,
    pub(crate) is_daytime: Option<bool>,
    pub(crate) temperature: Option<Temperature>,
    pub(crate) temperature_unit: Option<String>,
    pub(crate) probability_of_precipitation: Option<Quantity>,
    pub(crate) wind_speed: Option<String>,
    pub(crate) wind_direction: Option<String>,
    pub(crate) short_forecast: Option<String>,
    pub(crate) detailed_forecast: Option<String>,
}

/// A bare number, or (a feature flag of the service) a quantity with its unit.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Temperature {
    Number(Number),
    Quantity(Quantity),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Quantity {
    pub(crate) unit_code: Option<String>,
    pub(crate) value: Option<Number>,
}

/// Takes `null` for a member that was left out.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    member: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(member)?.unwrap_or_default())
}
