//! Tokens with Cognito's claims, and without those that it leaves out.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{MockAppClient, MockCognitoError, MockUser, Pool, keys::TokenUse, sign_in::SignIn};
use crate::names::ScopeSet;

/// A token that is about to be issued: change what a test needs to be wrong, then
/// [`issue`](Self::issue) it.
///
/// ```
/// # use portcullis_auth::{MockAppClient, MockCognito, MockCognitoError, MockUser};
/// # let pool = MockCognito::builder()
/// #     .user(MockUser::new("ann@example.com", "Passw0rd!"))
/// #     .client(MockAppClient::new("app").callback("http://localhost/cb").scopes(["openid"]))
/// #     .build("http://localhost:9229")?;
/// let expired = pool.access_token("app", "ann@example.com").claim("exp", 1).issue()?;
/// let no_use = pool.access_token("app", "ann@example.com").without("token_use").issue()?;
/// # Ok::<(), MockCognitoError>(())
/// ```
#[must_use = "a token is made by `.issue()`"]
pub struct MockToken {
    pool: Arc<Pool>,
    kind: TokenKind,
    client_id: String,
    username: String,
    scopes: Option<Vec<String>>,
    audience: Option<String>,
    changes: Vec<(String, Option<Value>)>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum TokenKind {
    Access,
    Id,
    Machine,
}

impl MockToken {
    pub(super) fn new(pool: Arc<Pool>, kind: TokenKind, client_id: &str, username: &str) -> Self {
        Self {
            pool,
            kind,
            client_id: client_id.to_owned(),
            username: username.to_owned(),
            scopes: None,
            audience: None,
            changes: Vec::new(),
        }
    }

    /// Sets the scopes, whether or not the client may have them; default: all of the client's.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Binds an access token to a resource, which becomes its `aud`; default: no `aud`.
    pub fn resource(mut self, url: impl Into<String>) -> Self {
        self.audience = Some(url.into());
        self
    }

    /// Sets a claim to any JSON value.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.changes.push((name.into(), Some(value.into())));
        self
    }

    /// Leaves a claim out.
    pub fn without(mut self, name: impl Into<String>) -> Self {
        self.changes.push((name.into(), None));
        self
    }

    /// Signs the token with the pool's newest key of its kind.
    ///
    /// # Errors
    /// The pool has no such client or user, a scope is malformed, or signing failed.
    pub fn issue(self) -> Result<String, MockCognitoError> {
        let pool = &*self.pool;
        let client = pool
            .client(&self.client_id)
            .ok_or_else(|| MockCognitoError::UnknownClient(self.client_id.clone()))?;
        let scopes = match self.scopes {
            Some(scopes) => ScopeSet::new(scopes)?,
            None => client.allowed_scopes()?,
        };
        let mut claims = match self.kind {
            TokenKind::Machine => machine_claims(pool, &client, &scopes)?,
            TokenKind::Access | TokenKind::Id => {
                let user = pool
                    .user(&self.username)
                    .ok_or(MockCognitoError::UnknownUser(self.username))?;
                let sign_in = SignIn {
                    client_id: self.client_id,
                    username: user.username.clone(),
                    scopes,
                    audience: self.audience,
                    nonce: None,
                    auth_time: pool.now(),
                    event_id: pool.new_uuid()?,
                    origin_jti: pool.new_uuid()?,
                };
                match self.kind {
                    TokenKind::Id => id_claims(pool, &client, &user, &sign_in)?,
                    _ => access_claims(pool, &client, &user, &sign_in)?,
                }
            }
        };
        for (name, value) in self.changes {
            match value {
                Some(value) => claims.insert(name, value),
                None => claims.remove(&name),
            };
        }
        let token_use = match self.kind {
            TokenKind::Id => TokenUse::Id,
            TokenKind::Access | TokenKind::Machine => TokenUse::Access,
        };
        pool.keys().sign(token_use, &claims)
    }
}

/// The tokens of a user's sign-in: an access token, and an id token where `openid` was granted.
pub(super) struct UserTokens {
    pub(super) access_token: String,
    pub(super) id_token: Option<String>,
    pub(super) expires_in: Duration,
}

impl UserTokens {
    pub(super) fn issue(
        pool: &Pool,
        client: &MockAppClient,
        user: &MockUser,
        sign_in: &SignIn,
    ) -> Result<Self, MockCognitoError> {
        let access = access_claims(pool, client, user, sign_in)?;
        let access_token = pool.keys().sign(TokenUse::Access, &access)?;
        let id_token = if sign_in.scopes.contains("openid") {
            let mut claims = id_claims(pool, client, user, sign_in)?;
            claims.insert("at_hash".to_owned(), at_hash(&access_token).into());
            Some(pool.keys().sign(TokenUse::Id, &claims)?)
        } else {
            None
        };
        Ok(Self {
            access_token,
            id_token,
            expires_in: client.access_lifetime,
        })
    }
}

pub(super) fn machine_token(
    pool: &Pool,
    client: &MockAppClient,
    scopes: &ScopeSet,
) -> Result<String, MockCognitoError> {
    let claims = machine_claims(pool, client, scopes)?;
    pool.keys().sign(TokenUse::Access, &claims)
}

type Claims = Map<String, Value>;

fn access_claims(
    pool: &Pool,
    client: &MockAppClient,
    user: &MockUser,
    sign_in: &SignIn,
) -> Result<Claims, MockCognitoError> {
    let mut claims = user_claims(pool, client, user, sign_in)?;
    claims.insert("token_use".to_owned(), "access".into());
    claims.insert("client_id".to_owned(), client.id.as_str().into());
    claims.insert("username".to_owned(), user.username.as_str().into());
    claims.insert("scope".to_owned(), sign_in.scopes.to_string().into());
    claims.insert("version".to_owned(), 2.into());
    let added = client.audience_by_trigger.then_some(&client.id);
    if let Some(audience) = sign_in.audience.as_ref().or(added) {
        claims.insert("aud".to_owned(), audience.as_str().into());
    }
    Ok(claims)
}

fn id_claims(
    pool: &Pool,
    client: &MockAppClient,
    user: &MockUser,
    sign_in: &SignIn,
) -> Result<Claims, MockCognitoError> {
    let mut claims = user_claims(pool, client, user, sign_in)?;
    claims.insert("token_use".to_owned(), "id".into());
    claims.insert("aud".to_owned(), client.id.as_str().into());
    claims.insert("cognito:username".to_owned(), user.username.as_str().into());
    if let Some(nonce) = &sign_in.nonce {
        claims.insert("nonce".to_owned(), nonce.as_str().into());
    }
    if let Some(email) = user
        .email
        .as_deref()
        .filter(|_| shows_email(&sign_in.scopes))
    {
        claims.insert("email".to_owned(), email.into());
        claims.insert("email_verified".to_owned(), true.into());
    }
    Ok(claims)
}

/// `openid` alone shows every attribute; beside another attribute scope, that scope decides.
fn shows_email(scopes: &ScopeSet) -> bool {
    scopes.contains("email") || !(scopes.contains("profile") || scopes.contains("phone"))
}

fn user_claims(
    pool: &Pool,
    client: &MockAppClient,
    user: &MockUser,
    sign_in: &SignIn,
) -> Result<Claims, MockCognitoError> {
    let mut claims = common_claims(pool, client)?;
    claims.insert("sub".to_owned(), user.sub.as_str().into());
    claims.insert("auth_time".to_owned(), sign_in.auth_time.as_secs().into());
    claims.insert("event_id".to_owned(), sign_in.event_id.as_str().into());
    claims.insert("origin_jti".to_owned(), sign_in.origin_jti.as_str().into());
    if !user.groups.is_empty() {
        claims.insert("cognito:groups".to_owned(), json!(user.groups));
    }
    Ok(claims)
}

fn machine_claims(
    pool: &Pool,
    client: &MockAppClient,
    scopes: &ScopeSet,
) -> Result<Claims, MockCognitoError> {
    let mut claims = common_claims(pool, client)?;
    claims.insert("sub".to_owned(), client.id.as_str().into());
    claims.insert("auth_time".to_owned(), pool.now().as_secs().into());
    claims.insert("token_use".to_owned(), "access".into());
    claims.insert("client_id".to_owned(), client.id.as_str().into());
    claims.insert("scope".to_owned(), scopes.to_string().into());
    claims.insert("version".to_owned(), 2.into());
    Ok(claims)
}

fn common_claims(pool: &Pool, client: &MockAppClient) -> Result<Claims, MockCognitoError> {
    let now = pool.now();
    Ok(Claims::from_iter([
        ("iss".to_owned(), pool.signing_issuer().as_str().into()),
        ("iat".to_owned(), now.as_secs().into()),
        (
            "exp".to_owned(),
            now.plus(client.access_lifetime).as_secs().into(),
        ),
        ("jti".to_owned(), pool.new_uuid()?.into()),
    ]))
}

/// OpenID Connect Core §3.1.3.6, for RS256.
fn at_hash(access_token: &str) -> String {
    let hash = digest::digest(&digest::SHA256, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
}
