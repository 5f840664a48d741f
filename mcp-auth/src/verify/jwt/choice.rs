use serde_json::Value;

use super::CompactJws;
use crate::{
    names::{BearerToken, Issuer},
    verify::VerifyError,
};

/// The verifier of the issuer that a token claims to be from. Nothing is proven by that claim: the
/// verifier's own keys and rules decide, and keys of different issuers are never mixed.
pub(crate) fn choose_by_issuer<'v, V>(
    verifiers: &'v [V],
    issuer: impl Fn(&V) -> &Issuer,
    token: &BearerToken,
) -> Result<&'v V, VerifyError> {
    // With one there is no choice, and the verifier reads the token itself.
    if let [only] = verifiers {
        return Ok(only);
    }
    let claims = CompactJws::parse(token)?.unverified_claims()?;
    let claimed = claims.get("iss").and_then(Value::as_str);
    let is_it = |verifier: &&V| Some(issuer(verifier).as_str()) == claimed;
    let chosen = verifiers.iter().find(is_it);
    chosen.ok_or(VerifyError::Invalid("none of the issuers (iss)"))
}
