//! The compact serialization of a JWS (RFC 7515 §3.1), taken apart and not yet believed.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::{algorithm::Algorithm, claims::string, unique};
use crate::{names::BearerToken, verify::VerifyError};

/// A token's three parts. Only the header has been decoded: it says which key to ask for.
pub(crate) struct CompactJws<'t> {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: Option<String>,
    pub(crate) typ: Option<String>,
    pub(crate) signing_input: &'t [u8],
    pub(crate) signature: Vec<u8>,
    payload: &'t str,
}

impl<'t> CompactJws<'t> {
    pub(crate) fn parse(token: &'t BearerToken) -> Result<Self, VerifyError> {
        let token = token.expose();
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(VerifyError::Invalid("not a JWS of three parts"));
        };

        // `jku`, `jwk`, `x5u` and `x5c` are not looked at: a token does not bring its own key.
        let header = decode(header).ok_or(VerifyError::Invalid(
            "the header is not a JSON object in base64url, or has duplicate members",
        ))?;
        if header.contains_key("crit") {
            return Err(VerifyError::Invalid(
                "the header demands an extension (crit)",
            ));
        }
        if header.contains_key("cty") {
            return Err(VerifyError::Invalid("nested tokens are not accepted (cty)"));
        }
        let algorithm = string(&header, "alg")?
            .and_then(Algorithm::from_name)
            .ok_or(VerifyError::Invalid("not an asymmetric signature (alg)"))?;

        Ok(Self {
            algorithm,
            kid: string(&header, "kid")?.map(str::to_owned),
            typ: string(&header, "typ")?.map(str::to_owned),
            signing_input: &token.as_bytes()[..token.len() - signature.len() - 1],
            signature: URL_SAFE_NO_PAD
                .decode(signature)
                .map_err(|_| VerifyError::Invalid("the signature is not base64url"))?,
            payload,
        })
    }

    /// The claims as the token states them: proven by nothing before the signature has been checked.
    pub(crate) fn unverified_claims(&self) -> Result<Map<String, Value>, VerifyError> {
        decode(self.payload).ok_or(VerifyError::Invalid(
            "the claims are not a JSON object in base64url, or have duplicate members",
        ))
    }
}

fn decode(part: &str) -> Option<Map<String, Value>> {
    let json = URL_SAFE_NO_PAD.decode(part).ok()?;
    unique::from_slice(&json).ok()
}
