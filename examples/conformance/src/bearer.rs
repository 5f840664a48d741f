//! The smallest verifier: one random token, one caller.

use portcullis::auth::{
    BearerToken, Entropy, EntropyError, InvalidName, Issuer, OsEntropy, Principal, PrincipalKind,
    Subject, TokenVerifier, VerifyError,
};
use subtle::ConstantTimeEq;

/// Knows a token by heart, and whom it stands for.
pub(crate) struct OneToken {
    token: String,
    caller: Principal,
}

impl OneToken {
    /// A fresh token of 256 bits, for a caller that `issuer` has made up.
    pub(crate) fn random(issuer: Issuer) -> Result<Self, RandomTokenError> {
        let mut bytes = [0; 32];
        OsEntropy.fill(&mut bytes)?;
        let token = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let suite = Subject::new("suite")?;
        let caller = Principal::new(issuer, suite, PrincipalKind::Machine);
        Ok(Self { token, caller })
    }

    /// What the suite sends.
    pub(crate) fn expose(&self) -> &str {
        &self.token
    }
}

impl TokenVerifier for OneToken {
    async fn verify(&self, token: &BearerToken) -> Result<Principal, VerifyError> {
        let same = token.expose().as_bytes().ct_eq(self.token.as_bytes());
        if same.into() {
            return Ok(self.caller.clone());
        }
        Err(VerifyError::Invalid("not the token of this run"))
    }
}

/// No token could be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RandomTokenError {
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    #[error(transparent)]
    Subject(#[from] InvalidName),
}
