use std::sync::Arc;

use serde::Deserialize;

use super::{NwsError, wire};
use crate::place::{Coordinates, StateCode};

/// Answers in the service's format that are built into the program: one set of alerts for the whole
/// country, and the forecasts of a few cities, of which the nearest answers.
#[derive(Debug, Clone)]
pub(super) struct Recording(Arc<Contents>);

#[derive(Debug)]
struct Contents {
    alerts: wire::Alerts,
    cities: Vec<City>,
}

#[derive(Debug)]
struct City {
    at: Coordinates,
    point: wire::Point,
    forecast: wire::Forecast,
}

/// Latitude and longitude bounds of the contiguous states, Alaska, Hawaii and the Caribbean
/// territories. Coarse on purpose: it only keeps a recording from answering for London.
const COVERAGE: [[f64; 4]; 4] = [
    [24.4, 49.4, -124.8, -66.9],
    [51.2, 71.5, -179.2, -129.9],
    [18.8, 22.3, -160.3, -154.7],
    [17.6, 18.6, -67.4, -64.5],
];

impl Recording {
    pub(super) fn load() -> Result<Self, NwsError> {
        let alerts = parse(include_str!("../../recorded/alerts.json"))?;
        let cities = CITIES.iter().map(City::parse).collect::<Result<_, _>>()?;
        Ok(Self(Arc::new(Contents { alerts, cities })))
    }

    pub(super) fn alerts(&self, state: StateCode) -> wire::Alerts {
        let concerns = |alert: &&wire::Item<wire::Feature<wire::Alert>>| match alert {
            wire::Item::Read(alert) => {
                let mut zones = alert.properties.geocode.ugc.iter();
                zones.any(|zone| zone.starts_with(state.as_str()))
            }
            wire::Item::Odd(_) => false,
        };
        let features = self.0.alerts.features.iter();
        wire::Alerts {
            features: features.filter(concerns).cloned().collect(),
        }
    }

    pub(super) fn forecast(&self, at: Coordinates) -> Result<wire::PlaceForecast, NwsError> {
        let covered = COVERAGE.iter().any(|[south, north, west, east]| {
            (*south..=*north).contains(&at.latitude()) && (*west..=*east).contains(&at.longitude())
        });
        self.0
            .cities
            .iter()
            .filter(|_| covered)
            .min_by(|a, b| a.at.distance_km(at).total_cmp(&b.at.distance_km(at)))
            .map(|city| wire::PlaceForecast {
                point: city.point.clone(),
                forecast: city.forecast.clone(),
            })
            .ok_or_else(|| NwsError::OutsideCoverage(at.to_string()))
    }
}

impl City {
    fn parse(
        &(latitude, longitude, point, forecast): &(f64, f64, &str, &str),
    ) -> Result<Self, NwsError> {
        Ok(Self {
            at: Coordinates::new(latitude, longitude)
                .map_err(|error| NwsError::Settings(error.to_string()))?,
            point: parse(point)?,
            forecast: parse(forecast)?,
        })
    }
}

fn parse<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, NwsError> {
    serde_json::from_str(text).map_err(NwsError::Malformed)
}

macro_rules! city {
    ($latitude:literal, $longitude:literal, $name:literal) => {
        (
            $latitude,
            $longitude,
            include_str!(concat!("../../recorded/", $name, ".point.json")),
            include_str!(concat!("../../recorded/", $name, ".forecast.json")),
        )
    };
}

const CITIES: [(f64, f64, &str, &str); 6] = [
    city!(37.7749, -122.4194, "san-francisco"),
    city!(47.6062, -122.3321, "seattle"),
    city!(39.7392, -104.9903, "denver"),
    city!(41.8781, -87.6298, "chicago"),
    city!(25.7617, -80.1918, "miami"),
    city!(40.7128, -74.006, "new-york"),
];
