use std::fmt;

use bytes::Bytes;

use crate::clock::Timestamp;

/// What a record is about. A kind is part of the key and of the seal, so a record of one kind never
/// opens as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RecordKind {
    /// An authorization request that waits for the upstream provider.
    Pending,
    /// What a user granted: code, refresh tokens and the upstream session.
    Grant,
    /// A consent that a browser remembers.
    Consent,
}

impl RecordKind {
    /// The kind's stable name, as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Grant => "grant",
            Self::Consent => "consent",
        }
    }
}

/// The key of a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordKey {
    kind: RecordKind,
    id: Box<str>,
}

impl RecordKey {
    /// The key of the record `id` of a kind.
    pub fn new(kind: RecordKind, id: impl Into<Box<str>>) -> Self {
        Self {
            kind,
            id: id.into(),
        }
    }

    /// The record's kind.
    pub fn kind(&self) -> RecordKind {
        self.kind
    }

    /// The record's id within its kind: printable ASCII, at most 2,048 bytes, no secret.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// `kind#id`: a text that can be the key in a backend.
impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.kind.as_str(), self.id)
    }
}

/// Names one write: 128 random bits, so a version never comes back, not even after a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version([u8; 16]);

impl Version {
    /// A version of the caller's random bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

/// A sealed record, as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// The write that made it.
    pub version: Version,
    /// From this second on it is absent.
    pub expires_at: Timestamp,
    /// The sealed value; at most a few kilobytes.
    pub sealed: Bytes,
}

impl StoredRecord {
    /// Whether the record is absent at `now`.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }
}
