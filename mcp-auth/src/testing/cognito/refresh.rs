//! Refresh tokens, which carry their own state, sealed, as Cognito's do.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::{MockCognitoError, Pool, sign_in::SignIn};
use crate::clock::Timestamp;

const PURPOSE: &str = "mock-cognito refresh token";

/// What a refresh token says to the pool, and to nobody else.
#[derive(Serialize, Deserialize)]
pub(super) struct RefreshState {
    /// Names this token among those that a rotation has made of one another.
    pub(super) id: String,
    pub(super) sign_in: SignIn,
    pub(super) ends: Timestamp,
}

impl RefreshState {
    pub(super) fn seal(&self, pool: &Pool) -> Result<String, MockCognitoError> {
        let text = serde_json::to_vec(self).map_err(|_| MockCognitoError::Crypto)?;
        let sealed = pool.sealer.seal(PURPOSE, &[pool.id.as_bytes()], &text);
        sealed
            .map(|sealed| URL_SAFE_NO_PAD.encode(sealed))
            .map_err(|_| MockCognitoError::Crypto)
    }

    pub(super) fn open(pool: &Pool, token: &str) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
        let opened = pool.sealer.open(PURPOSE, &[pool.id.as_bytes()], &sealed);
        serde_json::from_slice(&opened.ok()?).ok()
    }
}
