//! Claims that have been proven, and how to read them without guessing.

use serde_json::{Map, Value};

use crate::{
    clock::Timestamp,
    names::{ClientId, Issuer, ScopeSet, Subject},
    verify::VerifyError,
};

/// The claims of a token whose signature, issuer, audience and times hold. Only a
/// [`JwtVerifier`](super::JwtVerifier) makes one.
#[derive(Debug)]
pub(crate) struct VerifiedClaims {
    pub(super) issuer: Issuer,
    pub(super) expires_at: Timestamp,
    pub(super) key_epoch: u64,
    pub(super) claims: Map<String, Value>,
}

impl VerifiedClaims {
    pub(crate) fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    pub(crate) fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// The epoch of the key set that verified the token.
    pub(crate) fn key_epoch(&self) -> u64 {
        self.key_epoch
    }

    pub(crate) fn subject(&self) -> Result<Subject, VerifyError> {
        let sub = self.required_string("sub")?;
        Subject::new(sub).map_err(|_| VerifyError::Invalid("sub is not usable"))
    }

    /// The client of the claim `name`, if there is one.
    pub(crate) fn client(&self, name: &str) -> Result<Option<ClientId>, VerifyError> {
        self.string(name)?
            .map(ClientId::new)
            .transpose()
            .map_err(|_| VerifyError::Invalid("the client id is not usable"))
    }

    /// The scopes of `scope` (RFC 9068 §2.2.3) or `scp`; none when there is no such claim (T11).
    pub(crate) fn scopes(&self) -> Result<ScopeSet, VerifyError> {
        let malformed = VerifyError::Invalid("the scope claim is malformed");
        let Some(claim) = self.claims.get("scope").or_else(|| self.claims.get("scp")) else {
            return Ok(ScopeSet::default());
        };
        let scopes = match claim {
            Value::String(text) => text.parse(),
            Value::Array(_) => ScopeSet::new(strings(claim).ok_or(malformed.clone())?),
            _ => return Err(malformed),
        };
        scopes.map_err(|_| malformed)
    }

    /// The strings of an array claim; none when the claim is absent.
    pub(crate) fn list(&self, name: &str) -> Result<Vec<String>, VerifyError> {
        let Some(claim) = self.claims.get(name) else {
            return Ok(Vec::new());
        };
        let items = strings(claim).ok_or(VerifyError::Invalid("a list claim is malformed"))?;
        Ok(items.into_iter().map(str::to_owned).collect())
    }

    /// A string claim; another type is an error, since absent and unreadable are two things.
    pub(crate) fn string(&self, name: &str) -> Result<Option<&str>, VerifyError> {
        string(&self.claims, name)
    }

    pub(crate) fn required_string(&self, name: &str) -> Result<&str, VerifyError> {
        self.string(name)?
            .ok_or(VerifyError::Invalid("a required claim is missing"))
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.claims.contains_key(name)
    }

    pub(crate) fn into_claims(self) -> Map<String, Value> {
        self.claims
    }
}

pub(super) fn string<'c>(
    claims: &'c Map<String, Value>,
    name: &str,
) -> Result<Option<&'c str>, VerifyError> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(VerifyError::Invalid("a claim that is text is not a string")),
    }
}

/// A `NumericDate` (RFC 7519 §2) in whole seconds; anything else that stands there is an error, never
/// an absent claim (CVE-2026-25537).
pub(super) fn date(
    claims: &Map<String, Value>,
    name: &str,
) -> Result<Option<Timestamp>, VerifyError> {
    /// 9999-12-31T23:59:59Z.
    const LAST: u64 = 253_402_300_799;
    let Some(claim) = claims.get(name) else {
        return Ok(None);
    };
    match claim.as_u64() {
        Some(secs) if secs <= LAST => Ok(Some(Timestamp::from_secs(secs))),
        _ => Err(VerifyError::Invalid(
            "a time claim is not a plain number of seconds",
        )),
    }
}

/// `aud` as a list (RFC 7519 §4.1.3); empty when it is absent.
pub(super) fn audience(claims: &Map<String, Value>) -> Result<Vec<&str>, VerifyError> {
    let malformed = VerifyError::Invalid("aud is neither a string nor a list of strings");
    match claims.get("aud") {
        None => Ok(Vec::new()),
        Some(Value::String(one)) => Ok(vec![one]),
        Some(many) => strings(many)
            .filter(|many| !many.is_empty())
            .ok_or(malformed),
    }
}

fn strings(claim: &Value) -> Option<Vec<&str>> {
    claim.as_array()?.iter().map(Value::as_str).collect()
}
