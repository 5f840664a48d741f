use std::fmt;

use zeroize::Zeroize;

use super::InvalidName;

/// A bearer token (RFC 6750 §2.1, `b64token`), as it came in the `Authorization` header.
///
/// It prints as `[redacted]`, is wiped when dropped, and is handed to verifiers only: no tool sees
/// it, so none can pass it on.
pub struct BearerToken(String);

impl BearerToken {
    /// The longest token that is looked at, in bytes: more than any provider issues, and small enough
    /// that hashing it is cheap (T7).
    pub(crate) const MAX: usize = 16 * 1024;

    /// Checks the `b64token` grammar and the length (1 to 16,384 bytes).
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidName> {
        let token = Self(text.into());
        if token.0.is_empty() || token.0.len() > Self::MAX {
            return Err(InvalidName::new(
                "bearer token",
                "must have 1 to 16,384 bytes",
            ));
        }
        let body = token.0.trim_end_matches('=');
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b);
        if body.is_empty() || !body.bytes().all(allowed) {
            return Err(InvalidName::new(
                "bearer token",
                "has characters outside RFC 6750's b64token",
            ));
        }
        Ok(token)
    }

    /// The token itself; keep it out of logs and errors.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for BearerToken {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken([redacted])")
    }
}
