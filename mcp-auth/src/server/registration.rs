//! Registrations of clients that registered themselves, which their ids carry.
//!
//! A client replays its id for years, and anybody may register. So nothing is stored: the id *is* the
//! registration, sealed, and the secret is a MAC over the id. Both hold as long as the sealing key that was
//! the first when they were made is listed. ADR 16 says why.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::{
    records::{Client, ClientSecret},
    redirect_uri::RedirectUri,
    secret::Secret,
};
use crate::{
    clock::Timestamp,
    names::ClientId,
    seal::{SealError, Sealer},
};

const SEALED: &str = "client registration v1";
const SECRET: &str = "client secret v1";

/// What an id carries. Names of one letter, since clients carry it, too.
#[derive(Serialize, Deserialize)]
pub(crate) struct Registration {
    #[serde(rename = "t")]
    pub(crate) issued_at: Timestamp,
    #[serde(rename = "s")]
    pub(crate) secret: SecretUse,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(rename = "r")]
    pub(crate) redirect_uris: Vec<RedirectUri>,
}

/// Whether a client has a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SecretUse {
    #[serde(rename = "n")]
    None,
    #[serde(rename = "o")]
    Optional,
    #[serde(rename = "r")]
    Required,
}

impl Registration {
    /// The id. The redirect URIs have at most 1,024 bytes together and the name 64 characters, so it has at
    /// most 1,900; a usual one has 250.
    pub(crate) fn seal(&self, sealer: &Sealer) -> Result<ClientId, SealError> {
        let json = serde_json::to_vec(self).map_err(|_| SealError::Refused)?;
        let sealed = sealer.seal(SEALED, &[], &json)?;
        ClientId::new(URL_SAFE_NO_PAD.encode(sealed)).map_err(|_| SealError::Refused)
    }

    /// What an id carries, if it was made here.
    pub(crate) fn open(id: &ClientId, sealer: &Sealer) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(id.as_str()).ok()?;
        let json = sealer.open(SEALED, &[], &sealed).ok()?;
        serde_json::from_slice(&json).ok()
    }

    pub(crate) fn into_client(self, id: ClientId) -> Client {
        Client {
            id,
            name: self.name,
            redirect_uris: self.redirect_uris,
            secret: match self.secret {
                SecretUse::None => ClientSecret::None,
                SecretUse::Optional => ClientSecret::Derived { required: false },
                SecretUse::Required => ClientSecret::Derived { required: true },
            },
        }
    }
}

/// The secret of the client with this id.
pub(crate) fn secret_of(id: &ClientId, sealer: &Sealer) -> Secret {
    let mac = sealer.mac(SECRET, &[id.as_str().as_bytes()]);
    Secret::new(URL_SAFE_NO_PAD.encode(mac))
}

/// Whether the client with this id was given this secret, under any of the keys.
pub(crate) fn is_secret_of(id: &ClientId, secret: &Secret, sealer: &Sealer) -> bool {
    let mac = URL_SAFE_NO_PAD.decode(secret.expose());
    mac.is_ok_and(|mac| sealer.verify_mac(SECRET, &[id.as_str().as_bytes()], &mac))
}
