//! One issuer whose access tokens are accepted at one resource.

use std::sync::Arc;

use url::Url;

use crate::{
    clock::{Clock, Timestamp},
    error::ConfigError,
    jwks::KeySource,
    names::{BearerToken, Issuer, parse_web_url},
    principal::Principal,
    verify::{
        VerifyError,
        jwt::{JwtRules, JwtVerifier, VerifiedClaims},
        remembered::{Basis, RememberableVerifier, Verified},
    },
};

/// What an issuer's claims say about the caller; refuses tokens that are no access tokens.
pub(super) type Profile = fn(VerifiedClaims) -> Result<Principal, VerifyError>;

/// Verifies one issuer's access tokens.
pub(super) struct IssuerVerifier {
    jwt: JwtVerifier,
    profile: Profile,
    basis: Arc<KeySource>,
}

impl IssuerVerifier {
    pub(super) fn new(
        rules: JwtRules,
        keys: KeySource,
        profile: Profile,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            basis: Arc::new(keys.clone()),
            jwt: JwtVerifier::new(rules, keys, clock),
            profile,
        }
    }

    pub(super) fn issuer(&self) -> &Issuer {
        self.jwt.issuer()
    }
}

impl RememberableVerifier for IssuerVerifier {
    async fn verify(&self, token: &BearerToken) -> Result<Verified, VerifyError> {
        let claims = self.jwt.verify(token).await?;
        let (expires_at, epoch) = (claims.expires_at(), claims.key_epoch());
        Ok(Verified {
            principal: Arc::new((self.profile)(claims)?),
            expires_at,
            basis: self.basis.clone(),
            epoch,
        })
    }
}

impl Basis for KeySource {
    fn epoch(&self, now: Timestamp) -> Option<u64> {
        self.epoch(now)
    }
}

/// A URL setting of a scheme.
pub(super) fn url_setting(setting: &'static str, text: &str) -> Result<Url, ConfigError> {
    parse_web_url("the URL", text).map_err(|error| ConfigError::new(setting, error.to_string()))
}

/// An issuer setting of a scheme.
pub(super) fn issuer_setting(setting: &'static str, text: &str) -> Result<Issuer, ConfigError> {
    Issuer::new(text).map_err(|error| ConfigError::new(setting, error.to_string()))
}
