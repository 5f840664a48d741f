use std::{fmt, sync::Arc};

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header::CACHE_CONTROL};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{client_address::ClientAddress, is_content_type};
use crate::{
    clock::Timestamp,
    names::ClientId,
    seal::SealError,
    server::{
        Server, client_name,
        fingerprint::Fingerprint,
        oauth_error::OAuthError,
        quoted::quoted,
        rate_limit::TooMany,
        records::TokenEndpointAuthMethod,
        redirect_schemes::RedirectSchemes,
        redirect_uri::{RedirectUri, RedirectUriError},
        refusal::{failed, refused},
        registration::{Registration, SecretUse, secret_of},
        retry_after::retry_after,
        secret::Secret,
    },
};

const MAX_REDIRECT_URIS: usize = 10;

/// The most that all redirect URIs of a client have together: its id carries them.
const MAX_REDIRECT_BYTES: usize = 1024;

/// Client metadata (RFC 7591 §2) that is understood here. Everything else is dropped, so a client
/// cannot write into its own registration (T18).
#[derive(Deserialize)]
struct ClientMetadata {
    #[serde(default)]
    redirect_uris: Vec<String>,
    client_name: Option<String>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    /// Nothing depends on it: what a client may have is decided when it asks. It is only checked.
    scope: Option<Value>,
}

/// What was registered (RFC 7591 §3.2.1), the method spelled out: clients send no secret otherwise.
#[derive(Serialize)]
struct ClientRegistration {
    client_id: ClientId,
    client_id_issued_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<Secret>,
    /// When the registration ends. Required beside a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_name: Option<String>,
    redirect_uris: Vec<RedirectUri>,
    /// No member of RFC 7591, which lets a server leave out what it likes: for whoever wonders why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out_redirect_uris: Vec<String>,
    token_endpoint_auth_method: TokenEndpointAuthMethod,
    grant_types: [&'static str; 2],
    response_types: [&'static str; 1],
}

/// Why a client was not registered.
#[derive(Debug, thiserror::Error)]
pub(super) enum RegisterError {
    #[error("the body is not client metadata in JSON")]
    Malformed,
    #[error("unacceptable metadata: {0}")]
    Metadata(&'static str),
    #[error("unacceptable redirect URIs: {0}")]
    RedirectUris(String),
    #[error("too many registrations")]
    TooMany(#[from] TooMany),
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// `POST /register`: dynamic client registration (RFC 7591).
pub(super) async fn register(
    State(server): State<Arc<Server>>,
    ClientAddress(ip): ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, RegisterError> {
    if !is_content_type(&headers, "application/json") {
        return Err(RegisterError::Malformed);
    }
    let metadata: ClientMetadata =
        serde_json::from_slice(&body).map_err(|_| RegisterError::Malformed)?;

    let (auth_method, secret) = auth_method(metadata.token_endpoint_auth_method.as_deref())?;
    check_flow(&metadata)?;
    let redirect_uris = RedirectUris::parse(&metadata.redirect_uris, &server.redirect_schemes)?;
    // Only what would be registered or logged counts.
    server.registrations.admit(ip)?;
    let left_out = redirect_uris.left_out;
    if !left_out.is_empty() {
        let left_out = left_out.join(" ");
        tracing::warn!(
            left_out = left_out.to_string(),
            "redirect URIs have schemes that allow_redirect_scheme does not name: left out"
        );
    }
    if redirect_uris.registered.is_empty() {
        return Err(RegisterError::unknown_schemes(&left_out));
    }
    let registration = Registration {
        issued_at: server.now(),
        secret,
        name: metadata.client_name.as_deref().and_then(client_name::clean),
        redirect_uris: redirect_uris.registered,
    };
    let client_id = registration.seal(&server.sealer)?;
    let client = Fingerprint::of(&client_id);
    tracing::info!(%client, name = ?registration.name, "a client was registered");
    let has_secret = registration.secret != SecretUse::None;
    let ends_at = server.clients.ends_at(&registration);
    let answer = ClientRegistration {
        client_secret: has_secret.then(|| secret_of(&client_id, &server.sealer)),
        client_secret_expires_at: has_secret.then_some(ends_at),
        client_id,
        client_id_issued_at: registration.issued_at,
        client_name: registration.name,
        redirect_uris: registration.redirect_uris,
        left_out_redirect_uris: left_out,
        token_endpoint_auth_method: auth_method,
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
    };
    let headers = [(CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, headers, Json(answer)).into_response())
}

/// The method that is registered, and what it means. A client that does not say which registers
/// `client_secret_basic` (RFC 7591 §2): those that know this need the secret, and the others come without one.
fn auth_method(
    requested: Option<&str>,
) -> Result<(TokenEndpointAuthMethod, SecretUse), RegisterError> {
    use TokenEndpointAuthMethod::{ClientSecretBasic, ClientSecretPost};
    match requested {
        None => Ok((ClientSecretBasic, SecretUse::Optional)),
        Some("none") => Ok((TokenEndpointAuthMethod::None, SecretUse::None)),
        Some("client_secret_basic") => Ok((ClientSecretBasic, SecretUse::Required)),
        Some("client_secret_post") => Ok((ClientSecretPost, SecretUse::Required)),
        Some(_) => Err(RegisterError::Metadata(
            "token_endpoint_auth_method must be none, client_secret_basic or client_secret_post",
        )),
    }
}

fn check_flow(metadata: &ClientMetadata) -> Result<(), RegisterError> {
    let lacks = |list: &Option<Vec<String>>, needed: &str| {
        list.as_ref()
            .is_some_and(|list| !list.iter().any(|item| item == needed))
    };
    if lacks(&metadata.grant_types, "authorization_code") {
        return Err(RegisterError::Metadata(
            "grant_types must include authorization_code",
        ));
    }
    if lacks(&metadata.response_types, "code") {
        return Err(RegisterError::Metadata("response_types must include code"));
    }
    if metadata
        .scope
        .as_ref()
        .is_some_and(|scope| !scope.is_string())
    {
        return Err(RegisterError::Metadata(
            "scope must be one string, with a space between scopes (RFC 7591, section 2)",
        ));
    }
    Ok(())
}

/// The redirect URIs of a registration.
struct RedirectUris {
    registered: Vec<RedirectUri>,
    /// Those with an application's scheme that is not allowed, [`quoted`].
    left_out: Vec<String>,
}

impl RedirectUris {
    fn parse(uris: &[String], schemes: &RedirectSchemes) -> Result<Self, RegisterError> {
        let problem = |problem: &str| Err(RegisterError::RedirectUris(problem.to_owned()));
        if uris.is_empty() || uris.len() > MAX_REDIRECT_URIS {
            return problem("redirect_uris must have 1 to 10 entries");
        }
        if uris.iter().map(String::len).sum::<usize>() > MAX_REDIRECT_BYTES {
            return problem("redirect_uris must not have more than 1,024 bytes together");
        }
        let mut parsed = Self {
            registered: Vec::new(),
            left_out: Vec::new(),
        };
        for uri in uris {
            match RedirectUri::parse(uri, schemes) {
                Ok(uri) => parsed.registered.push(uri),
                Err(RedirectUriError::Scheme) => parsed.left_out.push(quoted(uri).to_string()),
                Err(error) => return Err(RegisterError::redirect_uri(uri, &error)),
            }
        }
        Ok(parsed)
    }
}

impl RegisterError {
    fn redirect_uri(uri: &str, error: &dyn fmt::Display) -> Self {
        Self::RedirectUris(format!(
            "{error}; redirect URIs are https, or http on localhost, 127.0.0.1 or [::1], without user info and fragment: {}",
            quoted(uri)
        ))
    }

    fn unknown_schemes(left_out: &[String]) -> Self {
        Self::RedirectUris(format!(
            "{}: {}",
            RedirectUriError::Scheme,
            left_out.join(" ")
        ))
    }
}

impl IntoResponse for RegisterError {
    fn into_response(self) -> Response {
        let error = match &self {
            Self::Malformed => OAuthError::bad_request(
                "invalid_client_metadata",
                "send client metadata as application/json",
            ),
            Self::Metadata(problem) => OAuthError::bad_request("invalid_client_metadata", problem),
            Self::RedirectUris(problem) => OAuthError {
                status: StatusCode::BAD_REQUEST,
                code: "invalid_redirect_uri",
                description: problem.clone().into(),
            },
            Self::TooMany(too_many) => {
                let error = OAuthError {
                    status: StatusCode::TOO_MANY_REQUESTS,
                    code: "temporarily_unavailable",
                    description:
                        "too many registrations; try again after the seconds of Retry-After".into(),
                };
                let answer = retry_after(too_many.retry_after, error.into_response());
                return refused(&self, answer);
            }
            Self::Seal(_) => {
                let answer = OAuthError::TEMPORARILY_UNAVAILABLE.into_response();
                return failed("a client could not be registered", &self, answer);
            }
        };
        refused(&self, error.into_response())
    }
}
