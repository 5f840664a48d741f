use super::{
    Pool,
    oauth_error::OAuthError,
    token::{TokenForm, TokenResponse},
};
use crate::{
    clock::Timestamp,
    testing::cognito::{
        MockAppClient, MockCognitoError, pool::lock, refresh::RefreshState, token::UserTokens,
    },
};

/// The refresh-token grant. There is a new refresh token only where the client rotates them.
pub(super) fn refresh(
    pool: &Pool,
    client: &MockAppClient,
    form: TokenForm,
) -> Result<TokenResponse, OAuthError> {
    let token = form.refresh_token.ok_or(OAuthError::InvalidRequest)?;
    let now = pool.now();
    let state = RefreshState::open(pool, &token)
        .filter(|state| state.ends > now)
        .filter(|state| state.sign_in.client_id == client.id)
        .filter(|state| !pool.is_revoked(&state.sign_in))
        .ok_or(OAuthError::InvalidGrant)?;
    let user = pool
        .user(&state.sign_in.username)
        .ok_or(OAuthError::InvalidGrant)?;
    if client.rotation_grace.is_some() && !retire(pool, client, &state, now) {
        return Err(OAuthError::InvalidGrant);
    }
    let tokens = UserTokens::issue(pool, client, &user, &state.sign_in)?;
    let rotated = client
        .rotation_grace
        .map(|_| successor(pool, state))
        .transpose()?;
    Ok(TokenResponse {
        refresh_token: rotated,
        ..tokens.into()
    })
}

/// Marks the token as used; `false` if it was used before and its grace is over.
fn retire(pool: &Pool, client: &MockAppClient, state: &RefreshState, now: Timestamp) -> bool {
    let mut retired = lock(&pool.retired);
    if let Some(grace_ends) = retired.get(now, &state.id) {
        return now < *grace_ends;
    }
    let grace_ends = now.plus(client.rotation_grace.unwrap_or_default());
    retired.insert(now, state.id.clone(), state.ends, grace_ends);
    true
}

/// Lives as long as the token that it replaces would have.
fn successor(pool: &Pool, state: RefreshState) -> Result<String, MockCognitoError> {
    let next = RefreshState {
        id: pool.new_uuid()?,
        ..state
    };
    next.seal(pool)
}
