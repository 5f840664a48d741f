//! What somebody wrote, in a form that can be shown.

use std::fmt;

/// The most that is shown of a text.
const MAX_BYTES: usize = 256;

/// Shows a text of a request in a log line or an `error_description`: percent-encoded where RFC 6749 §5.2
/// allows no such character or HTML gives it a meaning, and cut after 256 bytes.
pub(crate) fn quoted(text: &str) -> Quoted<'_> {
    Quoted(text)
}

pub(crate) struct Quoted<'t>(&'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0.as_bytes();
        for &byte in bytes.iter().take(MAX_BYTES) {
            if byte.is_ascii_graphic() && !b"\"'<>&\\".contains(&byte) {
                write!(f, "{}", char::from(byte))?;
            } else {
                write!(f, "%{byte:02X}")?;
            }
        }
        if bytes.len() > MAX_BYTES {
            f.write_str("...")?;
        }
        Ok(())
    }
}
