//! The authorization request, as `/oauth2/authorize` and `/login` get it.

use axum::response::{IntoResponse, Response};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{StatusCode, header::LOCATION};
use serde::Deserialize;
use url::form_urlencoded;

use super::{Pool, page};
use crate::{
    names::ScopeSet,
    testing::cognito::app_client::{AppClientGrant, app_url, is_app_url},
};

/// The longest value that is kept until the code is redeemed, in bytes.
const MAX_VALUE: usize = 2_048;

/// The parameters as they came. Unknown ones are ignored; one that is given twice is refused.
#[derive(Deserialize)]
pub(super) struct AuthorizeParams {
    response_type: Option<String>,
    client_id: Option<String>,
    redirect_uri: Option<String>,
    scope: Option<String>,
    state: Option<String>,
    nonce: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    resource: Option<String>,
    prompt: Option<String>,
}

/// A request that may be answered with a code.
pub(super) struct AuthorizeRequest {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) scopes: ScopeSet,
    pub(super) nonce: Option<String>,
    pub(super) code_challenge: Option<String>,
    pub(super) audience: Option<String>,
    pub(super) prompt: Option<String>,
}

/// Why there is no code.
pub(super) enum AuthorizeError {
    /// Nobody to redirect to: an error page.
    Page(&'static str),
    /// The app is told.
    Redirect {
        redirect_uri: String,
        state: Option<String>,
        error: &'static str,
        description: &'static str,
    },
    /// The pool failed.
    Internal,
}

impl AuthorizeError {
    /// For a query that could not be read.
    pub(super) const MALFORMED: Self =
        Self::Page("invalid_request: a parameter is there twice or is not UTF-8.");
}

impl AuthorizeParams {
    pub(super) fn check(self, pool: &Pool) -> Result<AuthorizeRequest, AuthorizeError> {
        let client = self.client_id.as_deref().and_then(|id| pool.client(id));
        let Some(client) = client.filter(|c| c.grant == AppClientGrant::Code) else {
            return Err(AuthorizeError::Page(
                "Client does not exist: client_id names no app client with the code grant.",
            ));
        };
        let redirect_uri = self.redirect_uri.unwrap_or_default();
        if !client.callbacks.contains(&redirect_uri) {
            return Err(AuthorizeError::Page(
                "redirect_mismatch: redirect_uri is not, character by character, a callback URL of \
                 the app client. Add it with `.callback(..)` or `.add_callback(..)`.",
            ));
        }
        let kept = [&self.state, &self.nonce, &self.resource];
        if kept
            .into_iter()
            .flatten()
            .any(|value| value.len() > MAX_VALUE)
        {
            return Err(AuthorizeError::Page(
                "invalid_request: state, nonce and resource may have 2,048 bytes each.",
            ));
        }
        if self.state.as_ref().is_some_and(|s| s.starts_with('{')) {
            return Err(AuthorizeError::Page(
                "invalid_request: Cognito takes no JSON as state. Use an opaque value.",
            ));
        }
        let refuse = |error, description| {
            Err(AuthorizeError::Redirect {
                redirect_uri: redirect_uri.clone(),
                state: self.state.clone(),
                error,
                description,
            })
        };
        match self.response_type.as_deref() {
            Some("code") => {}
            Some("token") => return refuse("unauthorized_client", "implicit_grant_not_allowed"),
            _ => return refuse("invalid_request", "invalid_response_type"),
        }
        let allowed = client.allowed_scopes().unwrap_or_default();
        let scopes = match self.scope.as_deref().filter(|s| !s.is_empty()) {
            // Cognito grants all of the client's scopes to a request that names none.
            None => allowed,
            Some(text) => match text.parse::<ScopeSet>() {
                Ok(asked) if allowed.contains_all(&asked) => asked,
                _ => return refuse("invalid_request", "invalid_scope"),
            },
        };
        match (&self.code_challenge, self.code_challenge_method.as_deref()) {
            (None, None) => {}
            (Some(challenge), Some("S256")) if is_sha256(challenge) => {}
            _ => return refuse("invalid_request", "invalid_code_challenge"),
        }
        let bindable = |url: &String| app_url(url).is_some_and(|u| is_app_url(&u));
        if !self.resource.iter().all(bindable) {
            return refuse("invalid_request", "invalid_resource");
        }
        Ok(AuthorizeRequest {
            client_id: client.id,
            redirect_uri,
            state: self.state,
            scopes,
            nonce: self.nonce,
            code_challenge: self.code_challenge,
            audience: self.resource,
            prompt: self.prompt,
        })
    }
}

fn is_sha256(challenge: &str) -> bool {
    URL_SAFE_NO_PAD
        .decode(challenge)
        .is_ok_and(|hash| hash.len() == 32)
}

impl AuthorizeRequest {
    /// The request as the query of `/login`; `prompt` has been obeyed by then.
    pub(super) fn login_url(&self) -> String {
        let scopes = self.scopes.to_string();
        let path = "/login?";
        let mut query = form_urlencoded::Serializer::for_suffix(path.to_owned(), path.len());
        query
            .append_pair("client_id", &self.client_id)
            .append_pair("response_type", "code")
            .append_pair("scope", &scopes)
            .append_pair("redirect_uri", &self.redirect_uri);
        for (name, value) in [
            ("state", &self.state),
            ("nonce", &self.nonce),
            ("code_challenge", &self.code_challenge),
            ("resource", &self.audience),
        ] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        if self.code_challenge.is_some() {
            query.append_pair("code_challenge_method", "S256");
        }
        query.finish()
    }

    /// An error that the app is told about.
    pub(super) fn refuse(self, error: &'static str, description: &'static str) -> AuthorizeError {
        AuthorizeError::Redirect {
            redirect_uri: self.redirect_uri,
            state: self.state,
            error,
            description,
        }
    }
}

impl IntoResponse for AuthorizeError {
    fn into_response(self) -> Response {
        match self {
            Self::Page(message) => page::error(StatusCode::BAD_REQUEST, message),
            Self::Internal => page::error(StatusCode::INTERNAL_SERVER_ERROR, "the mock failed"),
            Self::Redirect {
                redirect_uri,
                state,
                error,
                description,
            } => {
                let told = [
                    ("error", Some(error)),
                    ("error_description", Some(description)),
                    ("state", state.as_deref()),
                ];
                redirect(&redirect_uri, told)
            }
        }
    }
}

/// A 302 to `uri` with more query parameters. `uri` stays as it was registered.
pub(super) fn redirect<const N: usize>(uri: &str, params: [(&str, Option<&str>); N]) -> Response {
    let separator = if uri.contains('?') { '&' } else { '?' };
    let start = format!("{uri}{separator}");
    let at = start.len();
    let mut query = form_urlencoded::Serializer::for_suffix(start, at);
    for (name, value) in params {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    found(query.finish())
}

pub(super) fn found(url: String) -> Response {
    (StatusCode::FOUND, [(LOCATION, url)]).into_response()
}
