//! `client_secret_basic` and `client_secret_post` (RFC 6749 §2.3.1), or neither for a public client.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, header::AUTHORIZATION};
use percent_encoding::percent_decode_str;

use super::{Pool, oauth_error::OAuthError};
use crate::testing::MockAppClient;

/// The client that sent the request, with its secret proven if it has one.
pub(super) fn authenticate(
    pool: &Pool,
    headers: &HeaderMap,
    id_in_form: Option<&str>,
    secret_in_form: Option<&str>,
) -> Result<MockAppClient, OAuthError> {
    let (id, secret) = match headers.get(AUTHORIZATION) {
        Some(header) => {
            let header = header.to_str().map_err(|_| OAuthError::InvalidClient)?;
            let (id, secret) = basic(header).ok_or(OAuthError::InvalidClient)?;
            if id_in_form.is_some_and(|in_form| in_form != id) {
                return Err(OAuthError::InvalidRequest);
            }
            (id, Some(secret))
        }
        None => (
            id_in_form.ok_or(OAuthError::InvalidRequest)?.to_owned(),
            secret_in_form.map(str::to_owned),
        ),
    };
    pool.client(&id)
        .filter(|client| client.accepts(secret.as_deref()))
        .ok_or(OAuthError::InvalidClient)
}

fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    let decode = |text| Some(percent_decode_str(text).decode_utf8().ok()?.into_owned());
    Some((decode(id)?, decode(secret)?))
}
