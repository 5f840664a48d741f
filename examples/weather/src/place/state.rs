use std::fmt;
use std::str::FromStr;

/// A state, district or territory that the National Weather Service issues alerts for.
///
/// Only a member of the fixed list can be made, so the value is safe in a URL as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StateCode(&'static str);

/// The text is not the two-letter code of a state or territory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "That is not a US state or territory. Use its two-letter postal code, such as CA for \
     California, DC or PR."
)]
#[non_exhaustive]
pub struct UnknownState;

impl StateCode {
    /// The upper-case postal code.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl FromStr for StateCode {
    type Err = UnknownState;

    /// Letter case and surrounding blanks do not matter.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        STATES
            .iter()
            .find(|code| code.eq_ignore_ascii_case(text))
            .map(|code| Self(code))
            .ok_or(UnknownState)
    }
}

impl fmt::Display for StateCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The land areas of the service's `area` parameter: states, DC, territories and the freely
/// associated states of the Pacific.
#[rustfmt::skip]
const STATES: [&str; 59] = [
    "AL", "AK", "AS", "AZ", "AR", "CA", "CO", "CT", "DC", "DE", "FL", "FM", "GA", "GU", "HI", "IA",
    "ID", "IL", "IN", "KS", "KY", "LA", "MA", "MD", "ME", "MH", "MI", "MN", "MO", "MP", "MS", "MT",
    "NC", "ND", "NE", "NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR", "PA", "PR", "PW", "RI", "SC",
    "SD", "TN", "TX", "UT", "VA", "VI", "VT", "WA", "WI", "WV", "WY",
];
