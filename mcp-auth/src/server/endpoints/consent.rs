use std::{net::IpAddr, sync::Arc};

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::CookieJar;
use http::{HeaderMap, StatusCode};

use super::{
    client_address::ClientAddress,
    form::{self, NotAForm},
    sign_in::{ConsentRequest, FormError},
};
use crate::{
    entropy::{EntropyError, random_id},
    server::{
        Server,
        authorization_response::{AuthorizationError, found},
        digest::Digest,
        pages,
        pkce::CodeVerifier,
        rate_limit::TooMany,
        records::{Pending, PendingState},
        refusal::{failed, refused},
        retry_after::retry_after,
        secret::Secret,
        upstream::{SignIn, UpstreamError},
        vault::VaultError,
    },
};

/// Why a decision is not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConsentError {
    #[error(transparent)]
    Body(#[from] NotAForm),
    #[error("the browser has no cookie of ours")]
    NoCookie,
    #[error(transparent)]
    Form(#[from] FormError),
    #[error("neither allowed nor denied")]
    NoDecision,
    #[error("the form was used")]
    Used,
    #[error("too many sign-ins")]
    TooMany(#[from] TooMany),
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// `POST /consent`: the user's decision. Only now is anything stored, and the upstream `state` made.
pub(super) async fn consent(
    State(server): State<Arc<Server>>,
    ClientAddress(ip): ClientAddress,
    jar: CookieJar,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ConsentError> {
    let params = form::read(&headers, &body)?;
    let one = |name| params.one(name).ok().flatten();
    let browser = server.cookie.known(&jar).ok_or(ConsentError::NoCookie)?;
    let browser = browser.digest();
    let form = one("request").ok_or(FormError::Refused)?;
    let form = server.open_form(form, &browser)?;
    match one("decision") {
        Some("allow") => go_upstream(&server, form, browser, ip).await,
        Some("deny") => Ok(server
            .respond_to(&form.request)
            .error(AuthorizationError::new("access_denied", "the user said no"))),
        _ => Err(ConsentError::NoDecision),
    }
}

/// Sends the browser to sign in. A form that is posted again, by a double click or from the history,
/// goes on with the sign-in that it has started, until somebody has come back from it.
async fn go_upstream(
    server: &Server,
    form: ConsentRequest,
    browser: Digest,
    ip: Option<IpAddr>,
) -> Result<Response, ConsentError> {
    let state = form.state.clone();
    let id = Digest::of(state.expose());
    let pending = match started(server, &id).await? {
        Some(pending) => pending,
        None => {
            server.sign_ins.admit(ip)?;
            start(server, &id, form, browser).await?
        }
    };
    if pending.state == PendingState::Taken {
        return Err(ConsentError::Used);
    }
    let asked = server
        .resources
        .rules()
        .asked_upstream(&pending.request.scopes);
    let sign_in = SignIn {
        scopes: &asked,
        nonce: &pending.nonce,
        verifier: &pending.verifier,
    };
    let url = server.upstream.authorization_url(sign_in, state.expose());
    Ok(found(&url.await?))
}

/// What the form has started before.
async fn started(server: &Server, id: &Digest) -> Result<Option<Pending>, VaultError> {
    let pending = server.vault.read::<Pending>(id.as_str()).await?;
    Ok(pending.map(|pending| pending.value))
}

/// Stores the pending request.
async fn start(
    server: &Server,
    id: &Digest,
    form: ConsentRequest,
    browser: Digest,
) -> Result<Pending, ConsentError> {
    let pending = Pending {
        browser,
        nonce: Secret::new(random_id::<32>(&*server.entropy)?),
        verifier: CodeVerifier::generate(&*server.entropy)?,
        remembered: form.remembered,
        request: form.request,
        state: PendingState::Waiting,
    };
    let expires_at = server.now().plus(server.lifetimes.pending);
    match server.vault.create(id.as_str(), &pending, expires_at).await {
        // The other click was faster.
        Err(VaultError::Conflict) => Ok(started(server, id).await?.ok_or(VaultError::Conflict)?),
        created => Ok(created.map(|()| pending)?),
    }
}

const NOT_ACCEPTED: &str = "This form was not accepted";
const INCOMPLETE: &str =
    "It is incomplete, or was made for another browser. Start again from the application.";

impl IntoResponse for ConsentError {
    fn into_response(self) -> Response {
        let (status, title, message) = match &self {
            Self::Body(NotAForm) | Self::NoDecision | Self::Form(FormError::Refused) => {
                (StatusCode::BAD_REQUEST, NOT_ACCEPTED, INCOMPLETE)
            }
            Self::NoCookie => (
                StatusCode::BAD_REQUEST,
                NOT_ACCEPTED,
                "The browser did not send the cookie that belongs to it. Allow cookies for this site and start again from the application.",
            ),
            Self::Form(FormError::Expired) => (
                StatusCode::BAD_REQUEST,
                "This took too long",
                "The question is too old. Start again from the application.",
            ),
            Self::Used => (
                StatusCode::BAD_REQUEST,
                "This question has been answered",
                "It counts for one sign-in. Start again from the application.",
            ),
            Self::TooMany(too_many) => {
                let page = pages::error(
                    StatusCode::TOO_MANY_REQUESTS,
                    "Too many sign-ins at once",
                    "Go back and try again in a few seconds.",
                );
                return refused(&self, retry_after(too_many.retry_after, page));
            }
            Self::Upstream(_) | Self::Vault(_) | Self::Entropy(_) => {
                let page = pages::unavailable("Go back and try again in a few seconds.");
                return failed("a consent could not be followed", &self, page);
            }
        };
        refused(&self, pages::error(status, title, message))
    }
}
