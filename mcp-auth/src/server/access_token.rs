use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::json;

use super::records::{Grant, Issued};
use crate::{
    clock::Timestamp,
    keys::SigningKeys,
    names::{ClientId, Issuer, ResourceIdentifier, ScopeSet, Subject},
};

/// The claims of an access token (RFC 9068 §2.2).
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a Issuer,
    sub: &'a Subject,
    aud: &'a ResourceIdentifier,
    client_id: &'a ClientId,
    exp: Timestamp,
    iat: Timestamp,
    nbf: Timestamp,
    jti: &'a str,
    scope: &'a ScopeSet,
    /// The grant, so that a resource server in this process can ask whether it still stands.
    sid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
}

/// An access token could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("the access token could not be signed")]
pub(crate) struct SigningError;

/// A signed access token that ends at `expires_at`: a JWS (RFC 7515) of type `at+jwt`, with ES256.
pub(crate) fn sign(
    keys: &SigningKeys,
    issuer: &Issuer,
    grant_id: &str,
    grant: &Grant,
    issued: &Issued,
    expires_at: Timestamp,
) -> Result<String, SigningError> {
    let claims = Claims {
        iss: issuer,
        sub: &grant.user.subject,
        aud: &grant.resource,
        client_id: &grant.client_id,
        exp: expires_at,
        iat: issued.at,
        nbf: issued.at,
        jti: &issued.jti,
        scope: &issued.scopes,
        sid: grant_id,
        username: grant.user.username.as_deref(),
    };
    let key = keys.active();
    let header = json!({ "typ": "at+jwt", "alg": "ES256", "kid": key.kid() });
    let claims = serde_json::to_vec(&claims).map_err(|_| SigningError)?;
    let mut token = URL_SAFE_NO_PAD.encode(header.to_string());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut token);
    let signature = key.sign(token.as_bytes()).map_err(|_| SigningError)?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}
