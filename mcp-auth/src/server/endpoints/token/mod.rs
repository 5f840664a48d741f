//! `POST /token` (RFC 6749 §3.2).

pub(super) mod client_auth;
mod code;
mod error;
mod refresh;

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::HeaderMap;

use super::form;
use crate::{
    names::ResourceIdentifier,
    server::{
        Server,
        params::Params,
        resources::{self, InvalidTarget},
    },
};
pub(super) use error::TokenError;

pub(super) async fn token(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, TokenError> {
    let params = form::read(&headers, &body)?;
    if params.has_duplicates_except("resource") {
        return Err(TokenError::Request("a parameter occurs more than once"));
    }
    let client = client_auth::authenticate(&server, &headers, &params)?;
    let tokens = match params.one("grant_type")? {
        Some("authorization_code") => code::redeem(&server, &client, &params).await?,
        Some("refresh_token") => refresh::refresh(&server, &client, &params).await?,
        Some(_) => return Err(TokenError::UnsupportedGrantType),
        None => return Err(TokenError::Request("grant_type is missing")),
    };
    Ok(tokens.into_response())
}

/// Checks `resource` (RFC 8707 §2.2), which may be left out but not be another than the grant's.
fn check_resource(params: &Params, granted: &ResourceIdentifier) -> Result<(), TokenError> {
    match resources::requested(params) {
        Ok(None) => Ok(()),
        Ok(Some(resource)) if resource == *granted => Ok(()),
        Ok(Some(_)) | Err(InvalidTarget) => Err(TokenError::Target),
    }
}
