//! The end of a sign-in: from a verified upstream session to a code for the client.

use axum::response::Response;

use super::remember::remember;
use crate::{
    entropy::{EntropyError, random_id},
    names::ScopeSet,
    seal::SealError,
    server::{
        Server,
        authorization_response::AuthorizationError,
        browser::Browser,
        fingerprint::Fingerprint,
        grant_token::{GrantToken, GrantTokenKind},
        records::{AuthorizationRequest, Grant, GrantState, Pending, UpstreamSession},
        upstream::Session,
        vault::VaultError,
    },
};

/// Why there is no code although the user has signed in.
#[derive(Debug, thiserror::Error)]
pub(super) enum CompletionError {
    #[error("the client is gone")]
    UnknownClient,
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Stores the grant and sends the code, unless nothing is granted or the consent was somebody else's.
pub(super) async fn complete(
    server: &Server,
    pending: &Pending,
    session: Session,
    browser: &Browser,
) -> Result<Response, CompletionError> {
    let request = &pending.request;
    let remembered = pending.remembered.as_ref();
    if remembered.is_some_and(|subject| *subject != session.user.subject) {
        return ask_this_user(server, request, browser).await;
    }
    let rules = server.resources.rules();
    let granted = rules.granted(&request.scopes, &session.say);
    if granted.is_empty() && !request.scopes.is_empty() {
        let error = AuthorizationError::new(
            "access_denied",
            "none of the requested scopes is granted to this user",
        );
        return Ok(server.respond_to(request).error(error));
    }
    remember(server, request, &session.user.subject, browser).await;
    let code = create_grant(server, request, session, granted).await?;
    Ok(server.respond_to(request).code(&code))
}

/// The remembered consent was another user's: this one has not been asked yet.
async fn ask_this_user(
    server: &Server,
    request: &AuthorizationRequest,
    browser: &Browser,
) -> Result<Response, CompletionError> {
    let client = server.clients.find(request.client_id.as_str());
    let client = client.ok_or(CompletionError::UnknownClient)?;
    Ok(server.consent_page(&client, request.clone(), browser, None)?)
}

async fn create_grant(
    server: &Server,
    request: &AuthorizationRequest,
    session: Session,
    scopes: ScopeSet,
) -> Result<String, CompletionError> {
    let now = server.now();
    let grant = Grant {
        client_id: request.client_id.clone(),
        resource: request.resource.clone(),
        scopes,
        user: session.user,
        created_at: now,
        upstream: UpstreamSession {
            refresh_token: session.refresh_token,
            due_at: Some(session.due_at),
            leased_until: None,
        },
        state: GrantState::Coded {
            redirect_uri: request.redirect_uri.clone(),
            redirect_uri_named: request.redirect_uri_named,
            challenge: request.challenge.clone(),
        },
    };
    let grant_id = random_id::<16>(&*server.entropy)?;
    server
        .grants
        .create(&grant_id, &grant, now.plus(server.lifetimes.code))
        .await?;
    let client = Fingerprint::of(&grant.client_id);
    tracing::info!(grant = grant_id, %client, "a user has signed in");
    let code = GrantToken {
        grant_id: &grant_id,
        generation: 0,
    };
    Ok(code.issue(GrantTokenKind::Code, &server.sealer))
}
