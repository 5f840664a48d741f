//! The text form of [`ApiKeys`].

use std::collections::HashMap;

use super::{ApiKey, ApiKeys};
use crate::error::ConfigError;

pub(super) fn parse(setting: &str, document: &str) -> Result<ApiKeys, ConfigError> {
    let entries = document.split([',', '\n']).map(str::trim);
    let entries = entries.filter(|entry| !entry.is_empty());
    from_pairs(
        setting,
        entries.map(|entry| entry.split_once(':').unwrap_or((entry, ""))),
    )
}

pub(super) fn from_pairs<I: AsRef<str>, E: AsRef<str>>(
    setting: &str,
    pairs: impl IntoIterator<Item = (I, E)>,
) -> Result<ApiKeys, ConfigError> {
    // Errors count entries and show nothing of them: a key may have been pasted in place of its hash.
    let mut keys = HashMap::new();
    for (index, (id, rest)) in pairs.into_iter().enumerate() {
        let (id, rest) = (id.as_ref(), rest.as_ref());
        let wrong = |what| ConfigError::new(setting, format!("entry {}: {what}", index + 1));
        if !is_id(id) {
            return Err(wrong("the id must have 1 to 32 of A-Z a-z 0-9 - _"));
        }
        let (sha256, scopes) = rest.split_once(':').unwrap_or((rest, ""));
        let key = ApiKey {
            sha256: hex(sha256.trim())
                .ok_or_else(|| wrong("write the SHA-256 of the key as 64 hex digits"))?,
            scopes: scopes
                .parse()
                .map_err(|_| wrong("scopes are printable ASCII, separated by spaces"))?,
        };
        if keys.insert(id.into(), key).is_some() {
            return Err(wrong("the id was there before"));
        }
    }
    if keys.is_empty() {
        return Err(ConfigError::new(
            setting,
            "has no key, so nobody could get in",
        ));
    }
    Ok(ApiKeys(keys))
}

fn is_id(id: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=32).contains(&id.len()) && id.bytes().all(allowed)
}

fn hex(text: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let bytes: Vec<u8> = digits?.chunks_exact(2).map(|d| d[0] << 4 | d[1]).collect();
    if text.len() != 64 {
        return None;
    }
    bytes.try_into().ok()
}
