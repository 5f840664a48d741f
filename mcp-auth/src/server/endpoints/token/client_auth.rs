//! Client authentication (RFC 6749 §2.3), with whatever secret the client has, by Basic or in the form.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, header::AUTHORIZATION};
use percent_encoding::percent_decode_str;

use crate::server::{
    Server,
    params::{Duplicate, Params},
    records::Client,
    secret::Secret,
};

/// Why a client is not who it says it is.
#[derive(Debug, thiserror::Error)]
pub(in crate::server::endpoints) enum ClientAuthError {
    #[error("client_id is missing")]
    NoClient,
    #[error(transparent)]
    Duplicate(#[from] Duplicate),
    #[error("credentials in both header and form")]
    TwoMethods,
    #[error("unknown client, or a wrong secret, or none")]
    Refused { basic: bool },
}

struct Credentials {
    id: String,
    secret: Option<Secret>,
    basic: bool,
}

pub(in crate::server::endpoints) fn authenticate(
    server: &Server,
    headers: &HeaderMap,
    params: &Params,
) -> Result<Client, ClientAuthError> {
    let credentials = credentials(headers, params)?;
    let client = server.clients.find(&credentials.id);
    let is_authentic = |client: &Client| {
        let secret = credentials.secret.as_ref();
        server.clients.is_authentic(client, secret)
    };
    client.filter(is_authentic).ok_or(ClientAuthError::Refused {
        basic: credentials.basic,
    })
}

fn credentials(headers: &HeaderMap, params: &Params) -> Result<Credentials, ClientAuthError> {
    let form_id = params.one("client_id")?;
    let form_secret = params.one("client_secret")?;
    if headers.contains_key(AUTHORIZATION) {
        let (id, secret) = basic(headers).ok_or(ClientAuthError::Refused { basic: true })?;
        if form_secret.is_some() || form_id.is_some_and(|form_id| form_id != id) {
            return Err(ClientAuthError::TwoMethods);
        }
        return Ok(Credentials {
            id,
            // An empty one is none, as an empty parameter is (RFC 6749 §2.3.1).
            secret: Some(secret).filter(|secret| !secret.expose().is_empty()),
            basic: true,
        });
    }
    Ok(Credentials {
        id: form_id.ok_or(ClientAuthError::NoClient)?.to_owned(),
        secret: form_secret.map(|secret| Secret::new(secret.to_owned())),
        basic: false,
    })
}

/// The user and password of HTTP Basic, which are form-encoded inside (RFC 6749 §2.3.1).
fn basic(headers: &HeaderMap) -> Option<(String, Secret)> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next()?.to_str().ok()?, values.next()) else {
        return None;
    };
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decode(id)?, Secret::new(form_decode(secret)?)))
}

fn form_decode(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8().ok()?;
    Some(decoded.into_owned())
}
