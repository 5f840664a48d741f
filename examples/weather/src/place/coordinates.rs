use std::fmt;

/// A point on the earth, in degrees, rounded to four decimals (about 11 m).
///
/// The service answers a more precise point, or one with trailing zeros, with a redirect to the
/// rounded one; rounding here saves that round trip and makes equal points share a cache entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coordinates {
    latitude: f64,
    longitude: f64,
}

/// A number that is no latitude or no longitude.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCoordinates {
    /// Outside −90 … 90, or not a number.
    #[error("The latitude must be between -90 and 90 degrees, such as 38.8977 for Washington, DC.")]
    Latitude,
    /// Outside −180 … 180, or not a number.
    #[error(
        "The longitude must be between -180 and 180 degrees; places in the United States have \
         negative ones, such as -77.0365 for Washington, DC."
    )]
    Longitude,
}

impl Coordinates {
    /// Checks the ranges and rounds.
    ///
    /// # Errors
    /// Names the number that is out of range.
    pub fn new(latitude: f64, longitude: f64) -> Result<Self, InvalidCoordinates> {
        if !(-90.0..=90.0).contains(&latitude) {
            return Err(InvalidCoordinates::Latitude);
        }
        if !(-180.0..=180.0).contains(&longitude) {
            return Err(InvalidCoordinates::Longitude);
        }
        Ok(Self {
            latitude: round(latitude),
            longitude: round(longitude),
        })
    }

    /// Degrees north.
    pub fn latitude(self) -> f64 {
        self.latitude
    }

    /// Degrees east; negative in the Americas.
    pub fn longitude(self) -> f64 {
        self.longitude
    }

    /// Great-circle distance in kilometres (haversine).
    pub(crate) fn distance_km(self, other: Self) -> f64 {
        const EARTH_RADIUS_KM: f64 = 6371.0;
        let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
        let a = half(self.latitude, other.latitude)
            + self.latitude.to_radians().cos()
                * other.latitude.to_radians().cos()
                * half(self.longitude, other.longitude);
        2.0 * EARTH_RADIUS_KM * a.sqrt().min(1.0).asin()
    }
}

/// `latitude,longitude` as the service's `/points/` path wants it: no trailing zeros.
impl fmt::Display for Coordinates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.latitude, self.longitude)
    }
}

fn round(degrees: f64) -> f64 {
    // Adding zero turns -0.0, which would print its sign, into 0.0.
    (degrees * 10_000.0).round() / 10_000.0 + 0.0
}
