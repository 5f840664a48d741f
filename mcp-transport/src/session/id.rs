//! The name of a session, which must not be guessed.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::HeaderName;

const BYTES: usize = 24;

/// 192 random bits. Whoever knows them and is the session's owner may use it; where nobody has an
/// owner, knowing them is enough, so they are never logged.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SessionId([u8; BYTES]);

impl SessionId {
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// `None` if the text is nonsense.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; BYTES];
        match BASE64_URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(BYTES) => Some(Self(bytes)),
            _ => None,
        }
    }

    /// As clients repeat it: letters, digits, `-` and `_`.
    pub(crate) fn expose(self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }
}

/// Where clients of Streamable HTTP repeat it.
pub(crate) static SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// Where clients of HTTP+SSE repeat it.
pub(crate) const SESSION_PARAMETER: &str = "session_id";

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(..)")
    }
}
