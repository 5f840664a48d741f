//! The name of a session, which must not be guessed.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

const BYTES: usize = 24;

/// 192 random bits. Whoever knows them and is the session's owner may post to it; where nobody has
/// an owner, knowing them is enough, so they are never logged.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SessionId([u8; BYTES]);

/// The query parameter that carries it.
const PARAMETER: &str = "session_id";

impl SessionId {
    pub(super) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The one `session_id` of a query. `None` if there is none, several, or nonsense.
    pub(super) fn of_query(query: Option<&str>) -> Option<Self> {
        let mut values = url::form_urlencoded::parse(query?.as_bytes())
            .filter_map(|(name, value)| (name == PARAMETER).then_some(value));
        let (Some(value), None) = (values.next(), values.next()) else {
            return None;
        };
        let mut bytes = [0; BYTES];
        match BASE64_URL_SAFE_NO_PAD.decode_slice(value.as_bytes(), &mut bytes) {
            Ok(BYTES) => Some(Self(bytes)),
            _ => None,
        }
    }

    /// The query of the URL to post to.
    pub(super) fn to_query(self) -> String {
        format!("{PARAMETER}={}", BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(..)")
    }
}
