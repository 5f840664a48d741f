use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header::RETRY_AFTER};

use crate::{
    challenge::{Challenge, json_response},
    names::{ResourceIdentifier, ScopeSet},
    verify::{AuthenticateError, VerifyError},
};

/// The answers to requests that are not let through.
#[derive(Debug)]
pub(super) struct Refusals {
    resource: ResourceIdentifier,
    scopes: ScopeSet,
}

impl Refusals {
    pub(super) fn new(resource: ResourceIdentifier, scopes: ScopeSet) -> Self {
        Self { resource, scopes }
    }

    /// The reason goes to the log; the client learns the protocol's code.
    pub(super) fn answer(&self, error: &AuthenticateError) -> Response<Body> {
        tracing::debug!(resource = %self.resource, reason = error.to_string(), "not authenticated");
        let (resource, scopes) = (&self.resource, self.scopes.clone());
        let response = match error {
            AuthenticateError::Missing => {
                Challenge::no_credential(resource, scopes).into_response()
            }
            AuthenticateError::Malformed(_) => {
                Challenge::invalid_request(resource, scopes).into_response()
            }
            AuthenticateError::Verify(VerifyError::Invalid(_)) => {
                Challenge::invalid_token(resource, scopes).into_response()
            }
            AuthenticateError::Verify(VerifyError::Unavailable { retry_after, .. }) => {
                unavailable(retry_after.as_secs().max(1))
            }
        };
        #[cfg(feature = "metrics")]
        metrics::counter!(
            "portcullis_refusals_total",
            "layer" => "auth",
            "status" => response.status().as_str().to_owned(),
        )
        .increment(1);
        response
    }
}

fn unavailable(retry_after: u64) -> Response<Body> {
    let mut response = json_response(
        StatusCode::SERVICE_UNAVAILABLE,
        "temporarily_unavailable",
        "The token cannot be checked now. Try again later with the same token.",
    );
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(retry_after));
    response
}
