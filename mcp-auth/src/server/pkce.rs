//! Proof Key for Code Exchange (RFC 7636), with `S256` and nothing else.

use serde::{Deserialize, Serialize};

use super::{digest::Digest, secret::Secret};
use crate::entropy::{Entropy, EntropyError, random_id};

/// The only method: `plain` proves nothing to whoever has read the request.
pub(crate) const METHOD: &str = "S256";

/// `BASE64URL(SHA256(verifier))` (RFC 7636 §4.2).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct CodeChallenge(Digest);

impl CodeChallenge {
    /// 43 characters of base64url; `None` for anything that no verifier could match.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let well_formed = text.len() == 43 && text.bytes().all(allowed);
        well_formed.then(|| Self(Digest::from_text(text)))
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether this is the challenge of `verifier`, in constant time.
    pub(crate) fn matches(&self, verifier: &CodeVerifier) -> bool {
        self.0.is(&verifier.challenge().0)
    }
}

/// 43 to 128 unreserved characters (RFC 7636 §4.1).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct CodeVerifier(Secret);

impl CodeVerifier {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        let well_formed = (43..=128).contains(&text.len()) && text.bytes().all(allowed);
        well_formed.then(|| Self(Secret::new(text.to_owned())))
    }

    /// 256 random bits, for the upstream leg.
    pub(crate) fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        random_id::<32>(entropy).map(|id| Self(Secret::new(id)))
    }

    pub(crate) fn challenge(&self) -> CodeChallenge {
        CodeChallenge(Digest::of(self.0.expose()))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }
}
