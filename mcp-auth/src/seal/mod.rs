//! Sealing: bytes that leave this process and come back, readable and changeable by nobody else.
//!
//! Records in a [`TokenStore`](crate::TokenStore), the authorization request inside the consent
//! form and `requestState` of MCP are all sealed. What is sealed for one purpose and context cannot
//! be opened for another, so a record cannot be passed off as a form, nor one user's state as
//! another's.
//!
//! The algorithm is AES-256-GCM-SIV (RFC 8452): should a random nonce ever repeat, it tells only
//! whether two equal texts were sealed, where plain GCM would lose its key.

mod aad;
mod envelope;
#[cfg(feature = "authorization-server")]
mod mac;

use std::{fmt, sync::Arc};

use aws_lc_rs::aead;
use zeroize::Zeroizing;

use crate::{
    entropy::{Entropy, EntropyError, random},
    keys::SealingKeys,
};
use aad::associated_data;
use envelope::Envelope;

/// Seals and opens bytes under [`SealingKeys`]. Clones share the keys.
///
/// ```
/// # use portcullis_auth::{OsEntropy, Sealer, SealingKeys};
/// # let text = SealingKeys::generate("k1")?;
/// # let keys = SealingKeys::parse(&text)?;
/// let sealer = Sealer::new(keys, OsEntropy);
/// let sealed = sealer.seal("greeting", &[b"alice"], b"hello")?;
/// assert_eq!(*sealer.open("greeting", &[b"alice"], &sealed)?, b"hello");
/// assert!(sealer.open("greeting", &[b"bob"], &sealed).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Sealer {
    keys: SealingKeys,
    entropy: Arc<dyn Entropy>,
}

impl Sealer {
    /// Seals with the first of `keys`, opens with any of them; nonces come from `entropy`.
    pub fn new(keys: SealingKeys, entropy: impl Entropy) -> Self {
        Self::shared(keys, Arc::new(entropy))
    }

    pub(crate) fn shared(keys: SealingKeys, entropy: Arc<dyn Entropy>) -> Self {
        Self { keys, entropy }
    }

    /// Seals `plaintext` for one `purpose` (a constant of the caller) and one `context` (who or what
    /// it belongs to). Adds at most 62 bytes.
    ///
    /// # Errors
    /// [`SealError::Entropy`] when no nonce can be had.
    pub fn seal(
        &self,
        purpose: &str,
        context: &[&[u8]],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let key = self.keys.active();
        let nonce = random::<{ aead::NONCE_LEN }>(&*self.entropy)?;
        let aad = associated_data(key.kid(), purpose, context);
        let mut sealed = Envelope::header(key.kid(), &nonce);
        let mut text = plaintext.to_vec();
        key.aead()
            .seal_in_place_append_tag(
                aead::Nonce::assume_unique_for_key(nonce),
                aead::Aad::from(aad),
                &mut text,
            )
            .map_err(|_| SealError::Refused)?;
        sealed.extend_from_slice(&text);
        Ok(sealed)
    }

    /// Opens what [`seal`](Self::seal) made for the same purpose and context.
    ///
    /// # Errors
    /// [`SealError::Refused`] for everything else: changed, cut, sealed for something else or under
    /// a key that is no longer configured.
    pub fn open(
        &self,
        purpose: &str,
        context: &[&[u8]],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let envelope = Envelope::parse(sealed).ok_or(SealError::Refused)?;
        let key = self.keys.find(envelope.kid).ok_or(SealError::Refused)?;
        let aad = associated_data(key.kid(), purpose, context);
        let mut text = Zeroizing::new(envelope.ciphertext.to_vec());
        let len = key
            .aead()
            .open_in_place(
                aead::Nonce::assume_unique_for_key(envelope.nonce),
                aead::Aad::from(aad),
                &mut text,
            )
            .map_err(|_| SealError::Refused)?
            .len();
        text.truncate(len);
        Ok(text)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer")
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

/// Why something was not sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// It was not sealed by these keys for this purpose and context. Which of the three is not
    /// told, so that nobody learns anything by trying.
    #[error("not sealed here for this purpose")]
    Refused,
    /// No random nonce.
    #[error("no random bytes to seal with")]
    Entropy,
}

impl From<EntropyError> for SealError {
    fn from(_: EntropyError) -> Self {
        Self::Entropy
    }
}
