//! `grant_type=refresh_token` (RFC 6749 §6), with rotation (OAuth 2.1 §4.3.1).

use std::time::Duration;

use super::{TokenError, check_resource};
use crate::{
    names::ScopeSet,
    server::{
        RefreshTokenReuse, Server,
        grant_token::{GrantToken, GrantTokenKind},
        issuance::TokenResponse,
        lifetimes,
        params::Params,
        records::{Client, Grant, Presented},
        scopes,
        upstream::UpstreamError,
        vault::{VaultError, Versioned},
    },
};

/// How long a request waits for another one that is refreshing the upstream session, and how often it
/// looks: longer than that one may take.
const WAIT: Duration = Duration::from_millis(100);
const MAX_WAITS: usize = 120;

/// Refreshes a grant.
///
/// 1. Everything about the request is checked before anything changes: a wrong `resource` or `scope`
///    costs nobody a token.
/// 2. If the upstream access token has ended, the provider is asked whether the session lives. The
///    request that asks holds a lease, so that a provider which rotates sees each token once.
/// 3. One compare-and-set makes the next generation current.
///
/// Several calls of one program, and several programs that share a stored token, present the same
/// generation, or one before: they get the current tokens again, without 2 and 3.
pub(super) async fn refresh(
    server: &Server,
    client: &Client,
    params: &Params,
) -> Result<TokenResponse, TokenError> {
    let token = params
        .one("refresh_token")?
        .ok_or(TokenError::Request("refresh_token is missing"))?;
    let token = GrantToken::recognise(GrantTokenKind::Refresh, &server.sealer, token)
        .ok_or(TokenError::Grant("not one of our refresh tokens"))?;
    let id = token.grant_id;
    for _ in 0..MAX_WAITS {
        let grant = server.grants.read(id).await?;
        let mut grant = grant.ok_or(TokenError::Grant("the grant has expired"))?;
        if grant.value.client_id != client.id {
            return Err(TokenError::Grant("the refresh token is another client's"));
        }
        check_resource(params, &grant.value.resource)?;
        let scopes = narrowed(params.one("scope")?, &grant.value.scopes)?;
        // What the operator has taken away since is not granted any more.
        let offered = server.resources.offered(&grant.value.resource);
        let offered = offered.ok_or(TokenError::Grant("the resource is not ours any more"))?;
        let scopes = scopes.intersection(offered);

        let now = server.now();
        match grant
            .value
            .presented(token.generation, now, &server.lifetimes)
        {
            None => return Err(TokenError::Grant("the grant was revoked")),
            Some(Presented::Reused) => return Err(reused(server, id).await?),
            Some(Presented::Repeat) if grant.value.has_issued(&scopes) => {
                return Ok(server.token_response(id, &grant.value)?);
            }
            // Other scopes than those of the current access token, for which the session need not be
            // asked: an access token of their own, and nothing changes.
            Some(Presented::Repeat) if !grant.value.upstream.is_due(now) => {
                let issued = server.issue_now(scopes)?;
                return Ok(server.token_response_with(id, &grant.value, &issued)?);
            }
            Some(Presented::Repeat | Presented::Rotate) => {}
        }
        if grant.value.upstream.is_leased(now) {
            tokio::time::sleep(WAIT).await;
            continue;
        }
        match advance(server, id, &mut grant, scopes).await {
            Err(TokenError::Vault(VaultError::Conflict)) => continue,
            advanced => advanced?,
        }
        return Ok(server.token_response(id, &grant.value)?);
    }
    Err(TokenError::Busy)
}

/// Somebody presents a token that was superseded longer ago than the grace.
async fn reused(server: &Server, id: &str) -> Result<TokenError, VaultError> {
    const TOKEN: &str = "refresh_token";
    match server.refresh_token_reuse {
        RefreshTokenReuse::Revoke => {
            server.grants.revoke(id, &server.upstream).await?;
            server.replayed(TOKEN, "its grant is revoked");
            Ok(TokenError::Replay(TOKEN))
        }
        RefreshTokenReuse::Refuse => {
            server.replayed(TOKEN, "it is refused");
            Ok(TokenError::Superseded(TOKEN))
        }
    }
}

/// The scopes of the new access token: fewer than granted if the request says so, never more.
fn narrowed(parameter: Option<&str>, granted: &ScopeSet) -> Result<ScopeSet, TokenError> {
    let Some(parameter) = parameter else {
        return Ok(granted.clone());
    };
    let narrowed = scopes::within(parameter, granted);
    narrowed.ok_or(TokenError::Scope)
}

async fn advance(
    server: &Server,
    id: &str,
    grant: &mut Versioned<Grant>,
    scopes: ScopeSet,
) -> Result<(), TokenError> {
    if grant.value.upstream.is_due(server.now()) {
        check_upstream(server, id, grant).await?;
    }
    // What the provider has taken away since is not granted any more.
    let scopes = scopes.intersection(&grant.value.scopes);
    grant.value.upstream.leased_until = None;
    let issued = server.issue_now(scopes)?;
    grant.value.advance(issued, server.lifetimes.grace);
    server.grants.update(id, grant).await?;
    Ok(())
}

/// Refreshes the upstream session under a lease. Afterwards the caller writes the grant, which ends
/// the lease; if that write is lost, the lease ends by itself.
async fn check_upstream(
    server: &Server,
    id: &str,
    grant: &mut Versioned<Grant>,
) -> Result<(), TokenError> {
    let Some(mut refresh_token) = grant.value.upstream.refresh_token.clone() else {
        return Err(TokenError::Grant("there is no upstream session to check"));
    };
    grant.value.upstream.leased_until = Some(server.now().plus(lifetimes::UPSTREAM_LEASE));
    server.grants.update(id, grant).await?;

    let rules = server.resources.rules();
    let asked = rules.asked_upstream(&grant.value.scopes);
    let subject = &grant.value.user.subject;
    let refreshed = server.upstream.refresh(&mut refresh_token, &asked, subject);
    let refreshed = tokio::time::timeout(lifetimes::UPSTREAM_REFRESH, refreshed)
        .await
        .unwrap_or_else(|late| Err(UpstreamError::Unavailable(late.into())));
    match refreshed {
        Ok(session) => {
            grant.value.scopes = rules.kept(&grant.value.scopes, &session.say);
            grant.value.upstream.refresh_token = Some(refresh_token);
            grant.value.upstream.due_at = Some(session.due_at);
            Ok(())
        }
        Err(UpstreamError::Refused) => {
            server.grants.revoke(id, &server.upstream).await?;
            Err(TokenError::Grant("the upstream session is over"))
        }
        Err(error) => {
            grant.value.upstream.leased_until = None;
            // It may have rotated before the fault.
            grant.value.upstream.refresh_token = Some(refresh_token);
            server.grants.update(id, grant).await?;
            Err(TokenError::Upstream(error))
        }
    }
}
