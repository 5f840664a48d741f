use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::CookieJar;
use http::StatusCode;

use crate::{
    entropy::EntropyError,
    names::Subject,
    seal::SealError,
    server::{
        Server,
        authorization_response::{AuthorizationError, AuthorizationResponse},
        digest::Digest,
        pages::{self, WayBack},
        params::{Duplicate, Params},
        pkce::{self, CodeChallenge},
        records::{AuthorizationRequest, Client, RememberedConsent},
        redirect_uri::RedirectUri,
        refusal::{failed, refused},
        resources, scopes,
        secret::Secret,
        vault::VaultError,
    },
};

/// The longest `state`: it is stored while the user signs in. Clients send some 40 bytes, those that put
/// an address into it a few hundred.
const MAX_STATE: usize = 1024;

/// The longest `state` that an error gives back, as RFC 6749 §4.1.2.1 wants it: proxies take headers of
/// some 8 KiB, and there it is encoded.
const MAX_RETURNED_STATE: usize = 2048;

/// Why the user sees a page and is not sent back: there is no way back that can be trusted.
#[derive(Debug, thiserror::Error)]
pub(super) enum AuthorizeError {
    #[error("client_id is missing or occurs twice")]
    NoClient,
    #[error("no such client")]
    UnknownClient,
    #[error("the redirect URI is missing, occurs twice or is not registered")]
    RedirectUri,
    /// The client's own doing, but nobody vouches for where it would send the user: only who follows
    /// the link goes there.
    #[error("{error}")]
    Request {
        error: AuthorizationError,
        destination: String,
        way_back: Secret,
    },
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// `GET /authorize` (RFC 6749 §4.1.1): validates the request and asks for consent. It stores nothing,
/// so it may be fetched any number of times.
pub(super) async fn authorize(
    State(server): State<Arc<Server>>,
    jar: CookieJar,
    RawQuery(query): RawQuery,
) -> Result<Response, AuthorizeError> {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let client_id = params.one("client_id").ok().flatten();
    let client_id = client_id.ok_or(AuthorizeError::NoClient)?;
    let client = server.clients.find(client_id);
    let client = client.ok_or(AuthorizeError::UnknownClient)?;
    let named = params
        .one("redirect_uri")
        .map_err(|Duplicate| AuthorizeError::RedirectUri)?;
    let redirect_uri = client
        .redirect_uri(named, &server.redirect_schemes)
        .ok_or(AuthorizeError::RedirectUri)?;

    let request = match validate(&server, &client, &redirect_uri, &params) {
        Ok(request) => request,
        Err(error) => {
            let state = params.one("state").ok().flatten();
            let state = state.filter(|state| state.len() <= MAX_RETURNED_STATE);
            let state = state.map(|state| Secret::new(state.to_owned()));
            let response = AuthorizationResponse {
                issuer: &server.issuer,
                redirect_uri: &redirect_uri,
                state: state.as_ref(),
            };
            if server.may_redirect_unasked(&client, &redirect_uri) {
                return Ok(response.error(error));
            }
            return Err(AuthorizeError::Request {
                error,
                destination: redirect_uri.destination().to_owned(),
                way_back: Secret::new(response.error_url(error).into()),
            });
        }
    };
    let browser = server.cookie.known_or_new(&jar, &*server.entropy)?;
    let remembered = remembered(&server, &browser.digest(), &request).await?;
    let page = server.consent_page(&client, request, &browser, remembered);
    Ok(page?)
}

impl Server {
    /// Whether a browser may be sent to a client's redirect URI before anybody has been asked.
    ///
    /// Anybody can register any `https` URI, so an erroneous request would make this server a redirector
    /// to wherever its maker likes (RFC 9700 §4.11.2), or make it start whichever application has taken a
    /// scheme that is allowed here. Loopback is no such place, and for the clients of the configuration the
    /// operator vouches.
    fn may_redirect_unasked(&self, client: &Client, redirect_uri: &RedirectUri) -> bool {
        redirect_uri.is_loopback() || self.clients.is_preregistered(&client.id)
    }
}

fn validate(
    server: &Server,
    client: &Client,
    redirect_uri: &RedirectUri,
    params: &Params,
) -> Result<AuthorizationRequest, AuthorizationError> {
    const INVALID: &str = "invalid_request";
    let invalid = |description| AuthorizationError::new(INVALID, description);

    if params.has_duplicates_except("resource") {
        return Err(invalid("a parameter occurs more than once"));
    }
    let one = |name| params.one(name).ok().flatten();
    match one("response_type") {
        Some("code") => {}
        Some(_) => {
            return Err(AuthorizationError::new(
                "unsupported_response_type",
                "response_type must be code",
            ));
        }
        None => return Err(invalid("response_type is missing")),
    }
    if one("response_mode").is_some_and(|mode| mode != "query") {
        return Err(invalid("response_mode must be query"));
    }
    // Without a method RFC 7636 means `plain`, which is not accepted.
    if one("code_challenge_method") != Some(pkce::METHOD) {
        return Err(invalid("code_challenge_method must be S256"));
    }
    let challenge = one("code_challenge")
        .and_then(CodeChallenge::parse)
        .ok_or(invalid(
            "code_challenge must be there, with 43 characters of base64url",
        ))?;
    let (resource, offered) = resources::requested(params)
        .ok()
        .and_then(|resource| server.resources.find(resource.as_ref()))
        .ok_or(AuthorizationError::new(
            "invalid_target",
            "resource must be one that this server issues tokens for",
        ))?;
    let scopes = scopes::requested(one("scope"), offered).ok_or(AuthorizationError::new(
        "invalid_scope",
        "scope must name scopes of the resource",
    ))?;
    let state = one("state");
    // Printable, by RFC 6749, appendix A.5.
    if state.is_some_and(|state| state.len() > MAX_STATE || state.contains(char::is_control)) {
        return Err(invalid(
            "state has more than 1,024 bytes, or control characters",
        ));
    }
    Ok(AuthorizationRequest {
        client_id: client.id.clone(),
        redirect_uri: redirect_uri.clone(),
        redirect_uri_named: one("redirect_uri").is_some(),
        state: state.map(|state| Secret::new(state.to_owned())),
        challenge,
        resource: resource.clone(),
        scopes,
    })
}

/// The user who allowed the same in this browser before.
async fn remembered(
    server: &Server,
    browser: &Digest,
    request: &AuthorizationRequest,
) -> Result<Option<Subject>, VaultError> {
    let id = RememberedConsent::id(browser, request);
    let consent = server.vault.read::<RememberedConsent>(id.as_str()).await?;
    Ok(consent.map(|consent| consent.value.subject))
}

impl IntoResponse for AuthorizeError {
    fn into_response(self) -> Response {
        let (status, title, message) = match &self {
            Self::NoClient => (
                StatusCode::BAD_REQUEST,
                "This link is not complete",
                "It does not say which application wants access. Start again from the application.",
            ),
            Self::UnknownClient => (
                StatusCode::BAD_REQUEST,
                "This application is not registered here",
                "It was registered at another server, or long ago, or has been shut out here. Make the application forget its sign-in (for mcp-remote: delete ~/.mcp-auth) and connect again.",
            ),
            Self::RedirectUri => (
                StatusCode::BAD_REQUEST,
                "This application wants to send you somewhere else",
                "The address to return to is not one that the application registered, so you are not sent there. If you trust the application, make it register again.",
            ),
            Self::Request {
                error,
                destination,
                way_back,
            } => {
                let title = "This application asked in a way that is not accepted";
                let page = pages::error_with_way_back(
                    title,
                    error.description(),
                    WayBack {
                        destination,
                        url: way_back.expose(),
                    },
                );
                return refused(&self, page);
            }
            Self::Vault(_) | Self::Entropy(_) | Self::Seal(_) => {
                let page = pages::unavailable("Reload this page in a few seconds.");
                return failed("an authorization request could not be handled", &self, page);
            }
        };
        refused(&self, pages::error(status, title, message))
    }
}
