use std::{fmt, sync::Arc};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::named::{DemoKids, NamedKey, key_text, lookup_text, parse_keys};
use crate::error::ConfigError;

const SETTING: &str = "PORTCULLIS_SIGNING_KEYS";

/// P-256 private keys (PKCS #8) that sign access tokens with ES256. The first signs; the public
/// halves of all are published, so that the next key is known before it signs.
#[derive(Clone)]
pub struct SigningKeys(Arc<[SigningKey]>);

pub(crate) struct SigningKey {
    kid: String,
    pair: EcdsaKeyPair,
}

impl SigningKeys {
    /// Reads `PORTCULLIS_SIGNING_KEYS`, or the file named by `PORTCULLIS_SIGNING_KEYS_FILE`.
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
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .map_err(|_| ConfigError::new(SETTING, "the system gave no key"))?;
        key_text(SETTING, kid, pkcs8.as_ref())
    }

    fn new(keys: Vec<NamedKey>) -> Result<Self, ConfigError> {
        let keys: Result<Vec<_>, _> = keys.into_iter().map(SigningKey::parse).collect();
        match keys {
            Ok(keys) if !keys.is_empty() => Ok(Self(keys.into())),
            _ => Err(ConfigError::new(
                SETTING,
                "needs P-256 private keys in PKCS #8; `portcullis keygen` makes them",
            )),
        }
    }

    pub(crate) fn active(&self) -> &SigningKey {
        // `new` lets no empty list through.
        &self.0[0]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &SigningKey> {
        self.0.iter()
    }

    /// The JWK set (RFC 7517 §5) with the public halves.
    pub(crate) fn jwk_set(&self) -> Value {
        let keys: Vec<_> = self.iter().map(SigningKey::jwk).collect();
        json!({ "keys": keys })
    }
}

impl SigningKey {
    fn parse(key: NamedKey) -> Result<Self, aws_lc_rs::error::KeyRejected> {
        Ok(Self {
            pair: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.bytes)?,
            kid: key.kid,
        })
    }

    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// An ES256 signature (RFC 7518 §3.4): `r ‖ s`.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, aws_lc_rs::error::Unspecified> {
        let signature = self.pair.sign(&SystemRandom::new(), message)?;
        Ok(signature.as_ref().to_vec())
    }

    /// The public half as a JWK (RFC 7518 §6.2.1).
    fn jwk(&self) -> Value {
        // An uncompressed point: 0x04 ‖ x ‖ y, 32 bytes each.
        let point = self.pair.public_key().as_ref();
        let (x, y) = point[1..].split_at((point.len() - 1) / 2);
        json!({
            "kty": "EC",
            "crv": "P-256",
            "use": "sig",
            "alg": "ES256",
            "kid": self.kid,
            "x": URL_SAFE_NO_PAD.encode(x),
            "y": URL_SAFE_NO_PAD.encode(y),
        })
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kids = self.iter().map(|key| &key.kid);
        f.debug_list().entries(kids).finish()
    }
}
