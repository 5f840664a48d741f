use crate::nws::NwsError;
use crate::place::{InvalidCoordinates, UnknownState};

/// Why a tool has no answer; the message says what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeatherError {
    /// `state` is no state.
    #[error(transparent)]
    State(#[from] UnknownState),
    /// `latitude` or `longitude` is out of range.
    #[error(transparent)]
    Coordinates(#[from] InvalidCoordinates),
    /// The weather service has no answer.
    #[error(transparent)]
    Service(#[from] NwsError),
}
