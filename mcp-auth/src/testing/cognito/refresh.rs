//! Refresh tokens, which carry their own state, sealed, as Cognito's do.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::{MockCognitoError, sign_in::SignIn};
use crate::{
    clock::Timestamp,
    entropy::{Entropy, random},
};

/// Seals and opens refresh tokens.
pub(super) struct RefreshKey(LessSafeKey);

/// What a refresh token says to the pool, and to nobody else.
#[derive(Serialize, Deserialize)]
pub(super) struct RefreshState {
    pub(super) id: String,
    pub(super) sign_in: SignIn,
    pub(super) ends: Timestamp,
}

impl RefreshKey {
    pub(super) fn new(key: &[u8; 32]) -> Result<Self, MockCognitoError> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| MockCognitoError::Signing)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    pub(super) fn seal(
        &self,
        state: &RefreshState,
        entropy: &dyn Entropy,
    ) -> Result<String, MockCognitoError> {
        let nonce = random::<NONCE_LEN>(entropy)?;
        let mut sealed = serde_json::to_vec(state).map_err(|_| MockCognitoError::Signing)?;
        self.0
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::empty(),
                &mut sealed,
            )
            .map_err(|_| MockCognitoError::Signing)?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    pub(super) fn open(&self, token: &str) -> Option<RefreshState> {
        let mut bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk_mut::<NONCE_LEN>()?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.0.open_in_place(nonce, Aad::empty(), sealed).ok()?;
        serde_json::from_slice(opened).ok()
    }
}
