//! JSON Web Tokens (RFC 7519), verified fail-closed.
//!
//! In the order of the checks:
//!
//! 1. three parts, a header without duplicate members, no `crit`, no nested token;
//! 2. an asymmetric `alg` that the issuer is known to use, the right `typ`;
//! 3. the key of the issuer's set that has this `kid` and can make this `alg`;
//! 4. the signature;
//! 5. claims without duplicate members; `iss`, `exp`, `nbf`, `iat` and the audience.
//!
//! `jsonwebtoken` reads JWKs for us, but its `decode` does not fit: it asks the machine for the time
//! instead of a [`Clock`], takes an absent `iss` or `aud` for a good one unless told otherwise, and
//! panics when another crate turns its second crypto feature on. Signatures are checked by aws-lc
//! on keys that are parsed once.

mod algorithm;
mod choice;
mod claims;
mod compact;
mod rules;
mod unique;

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value};

pub(crate) use self::{
    algorithm::{Algorithm, Algorithms},
    choice::choose_by_issuer,
    claims::VerifiedClaims,
    compact::CompactJws,
    rules::{AudienceRule, CognitoAudience, JwtRules, ResourceBinding, TypRule},
};
use super::VerifyError;
use crate::{
    clock::{Clock, Timestamp},
    jwks::KeySource,
    names::{BearerToken, Issuer},
};

/// How far the clocks of issuer and verifier may differ.
pub(crate) const LEEWAY: Duration = Duration::from_secs(30);

/// Verifies the tokens of one issuer.
pub(crate) struct JwtVerifier {
    rules: JwtRules,
    keys: KeySource,
    clock: Arc<dyn Clock>,
}

impl JwtVerifier {
    pub(crate) fn new(rules: JwtRules, keys: KeySource, clock: Arc<dyn Clock>) -> Self {
        Self { rules, keys, clock }
    }

    pub(crate) fn issuer(&self) -> &Issuer {
        &self.rules.issuer
    }

    pub(crate) async fn verify(&self, token: &BearerToken) -> Result<VerifiedClaims, VerifyError> {
        let jws = CompactJws::parse(token)?;
        if !self.rules.algorithms.contains(jws.algorithm) {
            return Err(VerifyError::Invalid(
                "the issuer does not sign like this (alg)",
            ));
        }
        self.rules.typ.check(jws.typ.as_deref())?;

        let (key, key_epoch) = self.keys.find(jws.kid.as_deref(), jws.algorithm).await?;
        if !key.verifies(jws.algorithm, jws.signing_input, &jws.signature) {
            return Err(VerifyError::Invalid("the signature is wrong"));
        }

        let claims = jws.unverified_claims()?;
        let expires_at = self.check(&claims)?;
        Ok(VerifiedClaims {
            issuer: self.rules.issuer.clone(),
            expires_at,
            key_epoch,
            claims,
        })
    }

    /// Checks issuer, times and audience; says when the token ends.
    fn check(&self, claims: &Map<String, Value>) -> Result<Timestamp, VerifyError> {
        if claims::string(claims, "iss")? != Some(self.rules.issuer.as_str()) {
            return Err(VerifyError::Invalid("another issuer, or none (iss)"));
        }

        let now = self.clock.now();
        let latest_start = now.plus(LEEWAY);
        let expires_at =
            claims::date(claims, "exp")?.ok_or(VerifyError::Invalid("it never ends (no exp)"))?;
        if expires_at.plus(LEEWAY) <= now {
            return Err(VerifyError::Invalid("expired"));
        }
        if claims::date(claims, "nbf")?.is_some_and(|nbf| nbf > latest_start) {
            return Err(VerifyError::Invalid("not valid yet (nbf)"));
        }
        if claims::date(claims, "iat")?.is_some_and(|iat| iat > latest_start) {
            return Err(VerifyError::Invalid("issued in the future (iat)"));
        }

        self.rules.audience.check(claims)?;
        Ok(expires_at)
    }
}
