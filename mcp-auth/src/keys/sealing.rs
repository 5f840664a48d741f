use std::{fmt, sync::Arc};

use aws_lc_rs::{aead, hkdf, hmac};
use zeroize::Zeroizing;

use super::named::{DemoKids, NamedKey, key_text, lookup_text, parse_keys};
use crate::{
    entropy::{OsEntropy, random},
    error::ConfigError,
};

const SETTING: &str = "PORTCULLIS_SEALING_KEYS";
const KEY_LEN: usize = 32;

/// Symmetric keys of 32 bytes for [`Sealer`](crate::Sealer) and for the secrets inside codes and
/// refresh tokens. The first seals; all open.
///
/// Dropping a key signs out everybody whose records were sealed with it, and makes the clients register again
/// that registered while it was the first: their ids are sealed with it. So let a replaced key stay at the
/// end of the list for as long as clients should stay registered.
#[derive(Clone)]
pub struct SealingKeys(Arc<[SealingKey]>);

/// One configured key, split by HKDF (RFC 5869) so that no key serves two algorithms.
pub(crate) struct SealingKey {
    kid: String,
    aead: aead::LessSafeKey,
    #[cfg(feature = "authorization-server")]
    mac: hmac::Key,
    derivation: hmac::Key,
}

impl SealingKeys {
    /// Reads `PORTCULLIS_SEALING_KEYS`, or the file named by `PORTCULLIS_SEALING_KEYS_FILE`.
    ///
    /// # Errors
    /// Neither or both are set, the text is malformed, or a key belongs to a demo.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// As [`from_env`](Self::from_env), with the environment as a function.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        Self::parse(&lookup_text(SETTING, lookup)?)
    }

    /// Parses `kid:base64url[,…]`; refuses keys whose id starts with `demo-`.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        Self::new(parse_keys(SETTING, text, DemoKids::Refused)?)
    }

    /// As [`parse`](Self::parse), but takes the keys of a demo: for demos only.
    pub fn parse_demo(text: &str) -> Result<Self, ConfigError> {
        Self::new(parse_keys(SETTING, text, DemoKids::Allowed)?)
    }

    /// A new key as text (`kid:base64url`), from the operating system's generator. The id has 1 to
    /// 32 of `A-Z a-z 0-9 - _ .`.
    pub fn generate(kid: &str) -> Result<Zeroizing<String>, ConfigError> {
        let key = random::<KEY_LEN>(&OsEntropy)
            .map(Zeroizing::new)
            .map_err(|error| ConfigError::new(SETTING, error.to_string()))?;
        key_text(SETTING, kid, &*key)
    }

    fn new(keys: Vec<NamedKey>) -> Result<Self, ConfigError> {
        let keys: Option<Vec<_>> = keys.into_iter().map(SealingKey::derive).collect();
        match keys {
            Some(keys) if !keys.is_empty() => Ok(Self(keys.into())),
            _ => Err(ConfigError::new(
                SETTING,
                "needs keys of exactly 32 bytes; `portcullis keygen` makes them",
            )),
        }
    }

    /// A secret of 32 bytes for one purpose from each key, for what these keys do not do themselves: that
    /// of the active key, and those of the others. Whoever knows one learns nothing of a key, nor of the
    /// secrets for other purposes.
    pub fn derive(&self, purpose: &str) -> (Zeroizing<[u8; 32]>, Vec<Zeroizing<[u8; 32]>>) {
        let others = self.0.iter().skip(1).map(|key| key.secret_for(purpose));
        (self.active().secret_for(purpose), others.collect())
    }

    pub(crate) fn active(&self) -> &SealingKey {
        // `new` lets no empty list through.
        &self.0[0]
    }

    pub(crate) fn find(&self, kid: &str) -> Option<&SealingKey> {
        self.0.iter().find(|key| key.kid == kid)
    }

    #[cfg(feature = "authorization-server")]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &SealingKey> {
        self.0.iter()
    }
}

impl SealingKey {
    fn derive(key: NamedKey) -> Option<Self> {
        if key.bytes.len() != KEY_LEN {
            return None;
        }
        let derive = |purpose: &[u8]| -> Option<Zeroizing<[u8; KEY_LEN]>> {
            let mut out = Zeroizing::new([0; KEY_LEN]);
            hkdf::Salt::new(hkdf::HKDF_SHA256, b"portcullis")
                .extract(&key.bytes)
                .expand(&[purpose], hkdf::HKDF_SHA256)
                .and_then(|okm| okm.fill(&mut *out))
                .ok()?;
            Some(out)
        };
        let aead = aead::UnboundKey::new(&aead::AES_256_GCM_SIV, &*derive(b"seal v1")?).ok()?;
        Some(Self {
            aead: aead::LessSafeKey::new(aead),
            #[cfg(feature = "authorization-server")]
            mac: hmac::Key::new(hmac::HMAC_SHA256, &*derive(b"mac v1")?),
            derivation: hmac::Key::new(hmac::HMAC_SHA256, &*derive(b"derive v1")?),
            kid: key.kid,
        })
    }

    fn secret_for(&self, purpose: &str) -> Zeroizing<[u8; KEY_LEN]> {
        let tag = hmac::sign(&self.derivation, purpose.as_bytes());
        let mut secret = Zeroizing::new([0; KEY_LEN]);
        secret.copy_from_slice(tag.as_ref());
        secret
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) fn aead(&self) -> &aead::LessSafeKey {
        &self.aead
    }

    #[cfg(feature = "authorization-server")]
    pub(crate) fn mac(&self) -> &hmac::Key {
        &self.mac
    }
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kids = self.0.iter().map(|key| &key.kid);
        f.debug_list().entries(kids).finish()
    }
}
