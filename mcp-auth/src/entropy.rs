//! Randomness as a parameter: whoever needs random bytes takes an [`Entropy`].

#[cfg(any(feature = "authorization-server", feature = "testing"))]
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// A source of cryptographically secure random bytes.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the buffer, or says that the source failed; nobody goes on with fewer bits.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

/// The source of randomness failed.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct EntropyError;

/// The operating system's generator. It is asked directly: aws-lc would first collect entropy of its
/// own, which takes longer than a server needs to start.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine"
    )]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(bytes).map_err(|_| EntropyError)
    }
}

/// `N` random bytes.
pub(crate) fn random<const N: usize>(entropy: &dyn Entropy) -> Result<[u8; N], EntropyError> {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes)?;
    Ok(bytes)
}

/// An identifier of `N` random bytes in base64url; 16 bytes are 128 bits (RFC 6749 §10.10).
#[cfg(any(feature = "authorization-server", feature = "testing"))]
pub(crate) fn random_id<const N: usize>(entropy: &dyn Entropy) -> Result<String, EntropyError> {
    Ok(URL_SAFE_NO_PAD.encode(random::<N>(entropy)?))
}
