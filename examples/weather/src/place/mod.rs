//! Where: the two ways in which a caller names a place, parsed once at the boundary.

mod coordinates;
mod state;

pub use coordinates::{Coordinates, InvalidCoordinates};
pub use state::{StateCode, UnknownState};
