//! Who a session belongs to, and whose bounds it counts towards.

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

/// Whose bounds a session or a subscription counts towards.
///
/// It may be wider than an [`OwnerKey`]: one user has several clients, and one more of them must not
/// raise what the user may hold. A digest over issuer and subject is one such key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CountKey([u8; 32]);

impl CountKey {
    /// A key from 32 bytes, for example a SHA-256 digest.
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }
}

impl From<OwnerKey> for CountKey {
    fn from(owner: OwnerKey) -> Self {
        Self(owner.0)
    }
}

impl fmt::Debug for CountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CountKey(..)")
    }
}

/// Who opens a session.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Holder {
    pub(crate) owner: Option<OwnerKey>,
    pub(crate) counted: Option<CountKey>,
}

type Find<T> = Box<dyn Fn(&Extensions) -> Option<T> + Send + Sync>;

/// Finds both in what outer layers have put into a request's extensions.
#[derive(Default)]
pub(crate) struct FindHolder {
    pub(crate) owner: Option<Find<OwnerKey>>,
    pub(crate) counted: Option<Find<CountKey>>,
}

impl FindHolder {
    pub(crate) fn owner(&self, extensions: &Extensions) -> Option<OwnerKey> {
        self.owner.as_ref().and_then(|find| find(extensions))
    }

    pub(crate) fn counted(&self, extensions: &Extensions) -> Option<CountKey> {
        match &self.counted {
            Some(find) => find(extensions),
            None => self.owner(extensions).map(CountKey::from),
        }
    }

    pub(crate) fn holder(&self, extensions: &Extensions) -> Holder {
        Holder {
            owner: self.owner(extensions),
            counted: self.counted(extensions),
        }
    }
}
