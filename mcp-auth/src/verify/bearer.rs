//! The one bearer credential of a request (RFC 6750 §2.1).

use http::{HeaderMap, header::AUTHORIZATION};

use super::AuthenticateError;
use crate::names::BearerToken;

/// The text after `Bearer`, in whose place nothing else is looked for: a token in the query or the
/// body does not exist for us (T10).
///
/// Another scheme, or none behind `Bearer`, counts as no credential (RFC 6750 §3.1). Two headers are an error, whatever they
/// hold: a proxy may have judged by the other one.
pub(crate) fn credential(headers: &HeaderMap) -> Result<&[u8], AuthenticateError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(AuthenticateError::Missing)?;
    if values.next().is_some() {
        return Err(AuthenticateError::Malformed("two Authorization headers"));
    }
    let value = value.as_bytes();
    let scheme_len = value.iter().position(|b| *b == b' ').unwrap_or(value.len());
    let (scheme, credential) = value.split_at(scheme_len);
    if !scheme.eq_ignore_ascii_case(b"bearer") {
        return Err(AuthenticateError::Missing);
    }
    // Before anybody hashes it.
    if credential.len() > BearerToken::MAX {
        return Err(AuthenticateError::Malformed("an oversize credential"));
    }
    match credential.trim_ascii() {
        // Clients whose sign-in got lost send the scheme alone; a challenge makes them sign in.
        [] => Err(AuthenticateError::Missing),
        credential => Ok(credential),
    }
}

/// The credential as a token.
pub(crate) fn token(headers: &HeaderMap) -> Result<BearerToken, AuthenticateError> {
    let text = str::from_utf8(credential(headers)?).ok();
    text.and_then(|text| BearerToken::new(text).ok())
        .ok_or(AuthenticateError::Malformed(
            "not a bearer token (RFC 6750 §2.1)",
        ))
}
