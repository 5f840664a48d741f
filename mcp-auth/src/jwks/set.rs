//! The keys of one issuer (RFC 7517 §5).

use std::sync::Arc;

use jsonwebtoken::jwk::Jwk;
use serde::Deserialize;
use serde_json::Value;

use super::key::VerifyingKey;
use crate::verify::jwt::Algorithm;

/// More keys than any issuer rotates through.
const MAX_KEYS: usize = 100;

/// Keys that can verify signatures, each of which a token can name without ambiguity.
#[derive(Debug)]
pub(crate) struct KeySet {
    keys: Vec<Arc<VerifyingKey>>,
}

/// Why a document is no key set.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeySetError {
    #[error("not a JWK set: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0} keys are more than {MAX_KEYS}")]
    TooMany(usize),
    #[error("no key can verify a signature")]
    NoneUsable,
}

/// What came of looking for a token's key.
pub(super) enum Lookup {
    Found(Arc<VerifyingKey>),
    /// The set has no key of this name; a newer one may.
    UnknownKid,
    /// No newer set would make the token good.
    Refused(&'static str),
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a JWK set; keys that are of no use are skipped.
    pub(crate) fn from_json(json: &[u8]) -> Result<Self, KeySetError> {
        let document: Document = serde_json::from_slice(json)?;
        if document.keys.len() > MAX_KEYS {
            return Err(KeySetError::TooMany(document.keys.len()));
        }
        let jwks = document.keys.into_iter();
        let jwks = jwks.filter_map(|jwk| serde_json::from_value::<Jwk>(jwk).ok());
        let keys = jwks.filter_map(|jwk| VerifyingKey::from_jwk(&jwk));
        let keys = unambiguous(keys.collect());
        if keys.is_empty() {
            return Err(KeySetError::NoneUsable);
        }
        Ok(Self { keys })
    }

    /// The key that a token means by its `kid` and `alg`.
    ///
    /// A token with a `kid` gets the key of that name, and never a key without one. A token without a
    /// `kid` gets a key only if exactly one key of the set, named or not, makes the algorithm.
    pub(super) fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Lookup {
        let Some(kid) = kid else {
            let mut able = self.keys.iter().filter(|key| key.makes(algorithm));
            return match (able.next(), able.next()) {
                (Some(only), None) => Lookup::Found(only.clone()),
                _ => Lookup::Refused("names no key (no kid), and not exactly one is possible"),
            };
        };
        let mut named = self
            .keys
            .iter()
            .filter(|key| key.kid() == Some(kid))
            .peekable();
        if named.peek().is_none() {
            return Lookup::UnknownKid;
        }
        match named.find(|key| key.makes(algorithm)) {
            Some(key) => Lookup::Found(key.clone()),
            None => Lookup::Refused("the named key makes no such signature (alg)"),
        }
    }
}

/// Drops keys that share a `kid` and an algorithm but are not the same key: which of them a token
/// means would be a guess (RFC 7517 §4.5). Of a key that is listed twice, one stays.
fn unambiguous(keys: Vec<VerifyingKey>) -> Vec<Arc<VerifyingKey>> {
    let is_clear = |index: usize, key: &VerifyingKey| {
        keys.iter().enumerate().all(|(other_index, other)| {
            other_index == index
                || !key.is_confusable_with(other)
                || (key.kid().is_none() || (key.is_same_key(other) && index < other_index))
        })
    };
    let clear: Vec<bool> = keys
        .iter()
        .enumerate()
        .map(|(i, key)| is_clear(i, key))
        .collect();
    let kept = keys.into_iter().zip(clear).filter(|(_, clear)| *clear);
    kept.map(|(key, _)| Arc::new(key)).collect()
}
