//! `WWW-Authenticate: Bearer` (RFC 6750 §3, RFC 9728 §5.1).

use axum::body::Body;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE},
};
use serde_json::json;

use crate::names::{ResourceIdentifier, ScopeSet};

/// Tells a client why it was refused, and where and with which scopes to sign in.
///
/// ```
/// use portcullis_auth::{Challenge, ResourceIdentifier};
///
/// let resource = ResourceIdentifier::new("https://mcp.example.com/mcp")?;
/// let challenge = Challenge::insufficient_scope(&resource, "weather/read weather/alert".parse()?);
/// assert_eq!(
///     challenge.header_value(),
///     "Bearer resource_metadata=\"https://mcp.example.com/.well-known/oauth-protected-resource/mcp\", \
///      scope=\"weather/read weather/alert\", error=\"insufficient_scope\"",
/// );
/// assert_eq!(challenge.into_response().status(), 403);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Challenge {
    resource_metadata: String,
    scopes: ScopeSet,
    reason: Reason,
    description: Option<String>,
}

#[derive(Debug, Clone, Copy)]
enum Reason {
    NoCredential,
    InvalidRequest,
    InvalidToken,
    InsufficientScope,
}

impl Challenge {
    /// 401 without `error`: no credential was sent (RFC 6750 §3.1). `scopes` are those to ask for.
    pub fn no_credential(resource: &ResourceIdentifier, scopes: ScopeSet) -> Self {
        Self::new(resource, scopes, Reason::NoCredential)
    }

    /// 400 `invalid_request`: the credential is malformed, or there are two.
    pub fn invalid_request(resource: &ResourceIdentifier, scopes: ScopeSet) -> Self {
        Self::new(resource, scopes, Reason::InvalidRequest)
    }

    /// 401 `invalid_token`: the credential is not good, or not any more.
    pub fn invalid_token(resource: &ResourceIdentifier, scopes: ScopeSet) -> Self {
        Self::new(resource, scopes, Reason::InvalidToken)
    }

    /// 403 `insufficient_scope`. `scopes` are *all* that the operation needs, also those that the
    /// caller has: a client asks for exactly these, and with only the missing ones it would lose the
    /// others and come back (T12).
    pub fn insufficient_scope(resource: &ResourceIdentifier, scopes: ScopeSet) -> Self {
        Self::new(resource, scopes, Reason::InsufficientScope)
    }

    fn new(resource: &ResourceIdentifier, scopes: ScopeSet, reason: Reason) -> Self {
        Self {
            resource_metadata: resource.metadata_url(),
            scopes,
            reason,
            description: None,
        }
    }

    /// A sentence for the client's developer. Characters that RFC 6750 §3 keeps out of
    /// `error_description` become `?`.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// 400, 401 or 403.
    pub fn status(&self) -> StatusCode {
        match self.reason {
            Reason::InvalidRequest => StatusCode::BAD_REQUEST,
            Reason::NoCredential | Reason::InvalidToken => StatusCode::UNAUTHORIZED,
            Reason::InsufficientScope => StatusCode::FORBIDDEN,
        }
    }

    /// The header's value: `resource_metadata` first, for clients that look no further.
    pub fn header_value(&self) -> HeaderValue {
        let mut text = format!(
            "Bearer resource_metadata=\"{}\"",
            quotable(&self.resource_metadata)
        );
        let mut parameter = |name: &str, value: &str| {
            text.push_str(&format!(", {name}=\"{}\"", quotable(value)));
        };
        if !self.scopes.is_empty() {
            parameter("scope", &self.scopes.to_string());
        }
        if let Some(error) = self.error() {
            parameter("error", error);
        }
        if let Some(description) = &self.description {
            parameter("error_description", description);
        }
        // `quotable` leaves visible ASCII and spaces; what cannot fail has a harmless answer anyway.
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("Bearer"))
    }

    /// The whole response: the header, and the same as JSON for clients that read the body.
    pub fn into_response(self) -> Response<Body> {
        let description = self.description.as_deref().unwrap_or(match self.reason {
            Reason::NoCredential => "Sign in first: see WWW-Authenticate.",
            Reason::InvalidRequest => "Send one `Authorization: Bearer <token>` header.",
            Reason::InvalidToken => "The token is not accepted here, or not any more.",
            Reason::InsufficientScope => "The token lacks a scope: see WWW-Authenticate.",
        });
        let error = self.error().unwrap_or("invalid_token");
        let mut response = json_response(self.status(), error, description);
        response
            .headers_mut()
            .insert(WWW_AUTHENTICATE, self.header_value());
        response
    }

    /// The code of RFC 6750 §3.1.
    fn error(&self) -> Option<&'static str> {
        match self.reason {
            Reason::NoCredential => None,
            Reason::InvalidRequest => Some("invalid_request"),
            Reason::InvalidToken => Some("invalid_token"),
            Reason::InsufficientScope => Some("insufficient_scope"),
        }
    }
}

/// An OAuth error as JSON, never stored.
pub(crate) fn json_response(status: StatusCode, error: &str, description: &str) -> Response<Body> {
    let body = json!({ "error": error, "error_description": description });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Leaves what may stand in a quoted string without escaping (RFC 6750 §3): nothing that ends the
/// string, the header or the response (T12).
fn quotable(text: &str) -> String {
    let harmless = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
    text.chars()
        .map(|c| if harmless(c) { c } else { '?' })
        .collect()
}
