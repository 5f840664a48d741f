//! `grant_type=authorization_code` (RFC 6749 §4.1.3).

use super::{TokenError, check_resource};
use crate::server::{
    Server,
    grant_token::{GrantToken, GrantTokenKind},
    grants::MAX_RACES,
    issuance::TokenResponse,
    params::Params,
    pkce::CodeVerifier,
    records::{Client, Grant, GrantState},
    vault::VaultError,
};

/// Redeems a code: once. A second genuine redemption, at whatever time and however wrong its other
/// parameters, ends what the first one gave (RFC 6749 §4.1.2).
pub(super) async fn redeem(
    server: &Server,
    client: &Client,
    params: &Params,
) -> Result<TokenResponse, TokenError> {
    let code = params
        .one("code")?
        .ok_or(TokenError::Request("code is missing"))?;
    let code = GrantToken::recognise(GrantTokenKind::Code, &server.sealer, code)
        .ok_or(TokenError::Grant("not one of our codes"))?;
    for _ in 0..MAX_RACES {
        let grant = server.grants.read(code.grant_id).await?;
        let mut grant = grant.ok_or(TokenError::Grant("the code has expired"))?;
        if grant.value.client_id != client.id {
            return Err(TokenError::Grant("the code is another client's"));
        }
        if !matches!(grant.value.state, GrantState::Coded { .. }) {
            const TOKEN: &str = "code";
            server
                .grants
                .revoke(code.grant_id, &server.upstream)
                .await?;
            server.replayed(TOKEN, "its grant is revoked");
            return Err(TokenError::Replay(TOKEN));
        }
        check_proof(params, &grant.value)?;
        check_resource(params, &grant.value.resource)?;

        let entered = server
            .grants
            .enter(code.grant_id, &grant.value, &server.upstream);
        entered.await?;
        let issued = server.issue_now(grant.value.scopes.clone())?;
        grant.value.advance(issued, server.lifetimes.grace);
        match server.grants.update(code.grant_id, &mut grant).await {
            // Somebody else redeemed it between our read and our write.
            Err(VaultError::Conflict) => continue,
            written => written?,
        }
        return Ok(server.token_response(code.grant_id, &grant.value)?);
    }
    Err(TokenError::Busy)
}

/// The redirect URI and the PKCE verifier must be those of the authorization request.
fn check_proof(params: &Params, grant: &Grant) -> Result<(), TokenError> {
    let GrantState::Coded {
        redirect_uri,
        redirect_uri_named,
        challenge,
    } = &grant.state
    else {
        return Err(TokenError::Grant("the code was redeemed before"));
    };
    match params.one("redirect_uri")? {
        Some(named) if named == redirect_uri.as_str() => {}
        None if !redirect_uri_named => {}
        None => return Err(TokenError::Request("redirect_uri is missing")),
        Some(_) => return Err(TokenError::Grant("another redirect URI")),
    }
    let verifier = params
        .one("code_verifier")?
        .ok_or(TokenError::Request("code_verifier is missing"))?;
    let verifier =
        CodeVerifier::parse(verifier).ok_or(TokenError::Grant("the verifier is malformed"))?;
    if !challenge.matches(&verifier) {
        return Err(TokenError::Grant("another verifier"));
    }
    Ok(())
}
