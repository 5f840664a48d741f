use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::CookieJar;
use http::StatusCode;

use super::completion::{CompletionError, complete};
use crate::server::{
    Server,
    authorization_response::AuthorizationError,
    browser::Browser,
    digest::Digest,
    pages,
    params::Params,
    records::{Pending, PendingState},
    refusal::{failed, refused},
    upstream::{Session, SignIn, UpstreamError},
    vault::{VaultError, Versioned},
};

/// Why the user sees a page and is not sent back to the client.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallbackError {
    #[error("state is unknown, used or expired")]
    UnknownState,
    #[error("another browser than the one that consented")]
    OtherBrowser,
    #[error("the response is malformed")]
    Malformed,
    #[error("the response names another issuer, or none")]
    OtherIssuer,
    #[error(transparent)]
    Upstream(UpstreamError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Completion(#[from] CompletionError),
}

/// `GET /callback`: the browser comes back from the upstream provider.
pub(super) async fn callback(
    State(server): State<Arc<Server>>,
    jar: CookieJar,
    RawQuery(query): RawQuery,
) -> Result<Response, CallbackError> {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let one = |name| params.one(name).map_err(|_| CallbackError::Malformed);
    let state = one("state")?.ok_or(CallbackError::UnknownState)?;
    let id = Digest::of(state);
    let pending = server.vault.read::<Pending>(id.as_str()).await?;
    let mut pending = pending.ok_or(CallbackError::UnknownState)?;

    let browser = server.cookie.known(&jar);
    let browser = browser.ok_or(CallbackError::OtherBrowser)?;
    if !browser.digest().is(&pending.value.browser) {
        return Err(CallbackError::OtherBrowser);
    }
    let is_upstream = server.upstream.sends(one("iss")?).await;
    if !is_upstream.map_err(CallbackError::Upstream)? {
        return Err(CallbackError::OtherIssuer);
    }
    let error = one("error")?;
    let code = one("code")?;
    if error.is_none() && code.is_none() {
        return Err(CallbackError::Malformed);
    }

    take(&server, &id, &mut pending).await?;
    let answer = answer(&server, &pending.value, &browser, error, code).await;
    if let Err(CallbackError::Upstream(_)) = &answer {
        // The user did nothing wrong: the same URL works when the provider does again.
        set_state(&server, &id, &mut pending, PendingState::Waiting).await?;
    }
    answer
}

/// What the browser is answered, once the state is taken.
async fn answer(
    server: &Server,
    pending: &Pending,
    browser: &Browser,
    error: Option<&str>,
    code: Option<&str>,
) -> Result<Response, CallbackError> {
    let response = server.respond_to(&pending.request);
    let code = match (error, code) {
        (Some(error), _) => return Ok(response.error(refusal(error))),
        (None, code) => code.ok_or(CallbackError::Malformed)?,
    };
    match exchange(server, pending, code).await {
        Ok(session) => Ok(complete(server, pending, session, browser).await?),
        Err(error @ UpstreamError::Unavailable(_)) => Err(CallbackError::Upstream(error)),
        Err(error) => {
            tracing::warn!(error = error.to_string(), "a sign-in was not accepted");
            let error = AuthorizationError::new("server_error", "the sign-in was not accepted");
            Ok(response.error(error))
        }
    }
}

/// Makes this request the only one that goes on with the state (T15). It stays taken until it expires, so
/// that the form which started the sign-in does not start another one (T14).
async fn take(
    server: &Server,
    id: &Digest,
    pending: &mut Versioned<Pending>,
) -> Result<(), CallbackError> {
    if pending.value.state == PendingState::Taken {
        return Err(CallbackError::UnknownState);
    }
    set_state(server, id, pending, PendingState::Taken)
        .await
        .map_err(|error| match error {
            VaultError::Conflict => CallbackError::UnknownState,
            error => error.into(),
        })
}

async fn set_state(
    server: &Server,
    id: &Digest,
    pending: &mut Versioned<Pending>,
    state: PendingState,
) -> Result<(), VaultError> {
    pending.value.state = state;
    pending.version = server
        .vault
        .replace(
            id.as_str(),
            pending.version,
            &pending.value,
            pending.expires_at,
        )
        .await?;
    Ok(())
}

async fn exchange(
    server: &Server,
    pending: &Pending,
    code: &str,
) -> Result<Session, UpstreamError> {
    let rules = server.resources.rules();
    let asked = rules.asked_upstream(&pending.request.scopes);
    let sign_in = SignIn {
        scopes: &asked,
        nonce: &pending.nonce,
        verifier: &pending.verifier,
    };
    server.upstream.exchange(sign_in, code).await
}

/// The provider's error as one of ours; its text is not passed on.
fn refusal(error: &str) -> AuthorizationError {
    match error {
        "access_denied" => AuthorizationError::new("access_denied", "the sign-in was refused"),
        "temporarily_unavailable" => {
            AuthorizationError::new("temporarily_unavailable", "try again in a few seconds")
        }
        _ => AuthorizationError::new("server_error", "the sign-in did not succeed"),
    }
}

impl IntoResponse for CallbackError {
    fn into_response(self) -> Response {
        let (status, title, message) = match &self {
            Self::UnknownState | Self::Completion(CompletionError::UnknownClient) => (
                StatusCode::BAD_REQUEST,
                "This sign-in is over",
                "It has been used or is too old. Start again from the application.",
            ),
            Self::OtherBrowser => (
                StatusCode::BAD_REQUEST,
                "This sign-in belongs to another browser",
                "If somebody sent you the link, do not use it. Otherwise allow cookies for this site and start again from the application.",
            ),
            Self::Malformed | Self::OtherIssuer => (
                StatusCode::BAD_REQUEST,
                "This sign-in was not accepted",
                "The answer of the identity provider is not in order. Start again from the application.",
            ),
            Self::Upstream(_) => {
                let page = pages::unavailable("Reload this page in a few seconds.");
                return failed("a sign-in could not be finished", &self, page);
            }
            Self::Vault(_) | Self::Completion(_) => {
                let page = pages::unavailable("Start again from the application in a few seconds.");
                return failed("a sign-in could not be kept", &self, page);
            }
        };
        refused(&self, pages::error(status, title, message))
    }
}
