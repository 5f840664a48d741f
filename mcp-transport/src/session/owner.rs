//! Who a session belongs to.

use std::fmt;

use http::Extensions;

/// What a caller is recognised by, from one request to the next.
///
/// Two requests of the same caller must give the same key, and requests of different callers must
/// not: a digest over issuer, subject and client is one such key. The transport only compares it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OwnerKey([u8; 32]);

impl OwnerKey {
    /// A key from 32 bytes, for example a SHA-256 digest.
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }
}

impl fmt::Debug for OwnerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnerKey(..)")
    }
}

/// Finds the owner in what outer layers have put into a request's extensions.
pub(crate) type FindOwner = Box<dyn Fn(&Extensions) -> Option<OwnerKey> + Send + Sync>;
