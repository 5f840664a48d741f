//! The pool's RSA keys: one signs access tokens, the other id tokens.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeySize, PublicKeyComponents},
    signature::{
        KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
    },
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Map, Value, json};

use super::MockCognitoError;
use crate::entropy::{Entropy, random};

/// Rotations before the oldest keys leave the key set, so that it stays small.
const MAX_GENERATIONS: usize = 8;

/// Which of the two keys signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenUse {
    Access,
    Id,
}

/// The pool's keys, newest last.
pub(super) struct KeyRing(Vec<Generation>);

struct Generation {
    access: RsaKey,
    id: RsaKey,
}

impl KeyRing {
    pub(super) fn generate(entropy: &dyn Entropy) -> Result<Self, MockCognitoError> {
        Ok(Self(vec![Generation::generate(entropy)?]))
    }

    /// Takes over the keys of a new ring, which is made before this one is locked: that takes
    /// some tenths of a second.
    pub(super) fn append(&mut self, new: KeyRing) {
        self.0.extend(new.0);
        if self.0.len() > MAX_GENERATIONS {
            self.0.remove(0);
        }
    }

    pub(super) fn drop_old(&mut self) {
        self.0.drain(..self.0.len().saturating_sub(1));
    }

    /// The key set (RFC 7517 §5), with the members and the order of Cognito's.
    pub(super) fn jwks(&self) -> Value {
        let keys = self.0.iter().flat_map(|g| [g.id.jwk(), g.access.jwk()]);
        json!({ "keys": keys.collect::<Vec<_>>() })
    }

    pub(super) fn sign(
        &self,
        token_use: TokenUse,
        claims: &Map<String, Value>,
    ) -> Result<String, MockCognitoError> {
        let newest = self.0.last().ok_or(MockCognitoError::Crypto)?;
        match token_use {
            TokenUse::Access => newest.access.sign(claims),
            TokenUse::Id => newest.id.sign(claims),
        }
    }

    /// The claims of a token that an access key of this ring has signed; times are not looked at.
    pub(super) fn open_access_token(&self, token: &str) -> Option<Map<String, Value>> {
        let (message, signature) = token.rsplit_once('.')?;
        let (_, payload) = message.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let signed = |key: &RsaKey| key.verifies(message.as_bytes(), &signature);
        self.0
            .iter()
            .find(|generation| signed(&generation.access))?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
    }
}

impl Generation {
    fn generate(entropy: &dyn Entropy) -> Result<Self, MockCognitoError> {
        Ok(Self {
            access: RsaKey::generate(entropy)?,
            id: RsaKey::generate(entropy)?,
        })
    }
}

/// Kept as a parsed pair and used directly: `jsonwebtoken` would parse and check the private key
/// again for every signature.
struct RsaKey {
    kid: String,
    pair: RsaKeyPair,
}

impl RsaKey {
    fn generate(entropy: &dyn Entropy) -> Result<Self, MockCognitoError> {
        Ok(Self {
            // 32 bytes in standard base64: ends with `=`, often has `+` and `/`, as Cognito's do.
            kid: STANDARD.encode(random::<32>(entropy)?),
            pair: RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| MockCognitoError::Crypto)?,
        })
    }

    fn jwk(&self) -> Value {
        let public = PublicKeyComponents::<Vec<u8>>::from(self.pair.public_key());
        json!({
            "alg": "RS256",
            "e": URL_SAFE_NO_PAD.encode(public.e),
            "kid": self.kid,
            "kty": "RSA",
            "n": URL_SAFE_NO_PAD.encode(public.n),
            "use": "sig",
        })
    }

    /// A compact JWS (RFC 7515 §7.1); the header has `kid` and `alg` and nothing else.
    fn sign(&self, claims: &Map<String, Value>) -> Result<String, MockCognitoError> {
        let header = json!({ "kid": self.kid, "alg": "RS256" }).to_string();
        let payload = serde_json::to_vec(claims).map_err(|_| MockCognitoError::Crypto)?;
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(payload)
        );
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message.as_bytes(),
                &mut signature,
            )
            .map_err(|_| MockCognitoError::Crypto)?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.pair.public_key())
            .verify(message, signature)
            .is_ok()
    }
}
