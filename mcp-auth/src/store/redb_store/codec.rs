//! The bytes of a record in the file: `version (16) ‖ expiry (8, big endian) ‖ sealed value`.

use bytes::Bytes;

use super::{StoreError, StoredRecord, Version};
use crate::clock::Timestamp;

pub(super) fn encode(record: &StoredRecord) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(24 + record.sealed.len());
    bytes.extend_from_slice(&record.version.to_bytes());
    bytes.extend_from_slice(&record.expires_at.as_secs().to_be_bytes());
    bytes.extend_from_slice(&record.sealed);
    bytes
}

pub(super) fn decode(bytes: &[u8]) -> Result<StoredRecord, StoreError> {
    let damaged = || StoreError::Unavailable("a record in the store is damaged".into());
    let (version, bytes) = bytes.split_first_chunk().ok_or_else(damaged)?;
    let (expiry, sealed) = bytes.split_first_chunk().ok_or_else(damaged)?;
    Ok(StoredRecord {
        version: Version::from_bytes(*version),
        expires_at: Timestamp::from_secs(u64::from_be_bytes(*expiry)),
        sealed: Bytes::copy_from_slice(sealed),
    })
}
