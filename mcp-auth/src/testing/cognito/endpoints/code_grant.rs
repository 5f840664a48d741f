use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

use super::{
    Pool,
    oauth_error::OAuthError,
    token::{TokenForm, TokenResponse},
};
use crate::testing::cognito::{
    MockAppClient, pool::lock, refresh::RefreshState, sign_in::SignIn, token::UserTokens,
};

/// The authorization-code grant. A code is gone after the first try, good or bad.
pub(super) fn redeem(
    pool: &Pool,
    client: &MockAppClient,
    form: TokenForm,
) -> Result<TokenResponse, OAuthError> {
    let code = form.code.ok_or(OAuthError::InvalidRequest)?;
    let redirect_uri = form.redirect_uri.ok_or(OAuthError::InvalidRequest)?;
    let now = pool.now();
    let issued = lock(&pool.codes)
        .take(now, &code)
        .filter(|issued| issued.sign_in.client_id == client.id)
        .filter(|issued| issued.redirect_uri == redirect_uri)
        .filter(|issued| {
            proves(
                form.code_verifier.as_deref(),
                issued.code_challenge.as_deref(),
            )
        })
        .ok_or(OAuthError::InvalidGrant)?;
    let sign_in = issued.sign_in;
    let user = pool
        .user(&sign_in.username)
        .ok_or(OAuthError::InvalidGrant)?;
    let tokens = UserTokens::issue(pool, client, &user, &sign_in)?;
    let refresh = RefreshState {
        id: pool.new_uuid()?,
        // OpenID Connect Core §12.2: an id token from a refresh need not repeat the nonce.
        sign_in: SignIn {
            nonce: None,
            ..sign_in
        },
        ends: now.plus(client.refresh_lifetime),
    };
    Ok(TokenResponse {
        refresh_token: Some(refresh.seal(pool)?),
        ..tokens.into()
    })
}

impl From<UserTokens> for TokenResponse {
    fn from(tokens: UserTokens) -> Self {
        Self {
            id_token: tokens.id_token,
            access_token: tokens.access_token,
            refresh_token: None,
            expires_in: tokens.expires_in.as_secs(),
            token_type: "Bearer",
        }
    }
}

/// RFC 7636 §4.6 with S256. A verifier without a challenge is refused (RFC 9700 §4.8.2).
fn proves(verifier: Option<&str>, challenge: Option<&str>) -> bool {
    match (verifier, challenge) {
        (None, None) => true,
        (Some(verifier), Some(challenge)) => {
            let hash = digest::digest(&digest::SHA256, verifier.as_bytes());
            let expected = URL_SAFE_NO_PAD.encode(hash);
            expected.as_bytes().ct_eq(challenge.as_bytes()).into()
        }
        _ => false,
    }
}
