use std::fmt;

use super::digest::Digest;
use crate::{error::ConfigError, names::ClientId};

/// How logs and pages name a client, and how an operator shuts it out: its id, or 16 characters of a digest
/// if that is longer than a person would read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint(String);

impl Fingerprint {
    /// The longest id that is shown as it is.
    const MAX_ID: usize = 64;
    /// 96 bits.
    const CHARS: usize = 16;

    pub(crate) fn of(id: &ClientId) -> Self {
        let id = id.as_str();
        if id.len() <= Self::MAX_ID {
            return Self(id.to_owned());
        }
        Self(Digest::of(id).as_str().chars().take(Self::CHARS).collect())
    }

    /// The fingerprint of a client that an operator names by its id or its fingerprint. What can be neither
    /// is a slip, by which nobody would be shut out.
    pub(crate) fn parse(
        text: &str,
        is_preregistered: impl Fn(&ClientId) -> bool,
    ) -> Result<Self, ConfigError> {
        let in_base64url = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let is_ours = text.bytes().all(in_base64url)
            && (text.len() == Self::CHARS || text.len() > Self::MAX_ID);
        ClientId::new(text)
            .ok()
            .filter(|id| is_ours || is_preregistered(id))
            .map(|id| Self::of(&id))
            .ok_or_else(|| {
                ConfigError::new(
                    format!("block_client({text:?})"),
                    "must be the id of a client, or the 16 characters that logs say for it",
                )
            })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
