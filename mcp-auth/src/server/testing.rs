//! Tokens without a browser, for tests and for a developer's desk.

use super::{
    AuthorizationServer,
    records::{Grant, GrantState, UpstreamSession, User},
    vault::VaultError,
};
use crate::{
    clock::Timestamp,
    entropy::{EntropyError, random_id},
    error::ConfigError,
    names::{BearerToken, ClientId, ResourceIdentifier, ScopeSet, Subject},
    testing::MockUser,
};

/// The client in the name of which a bearer is minted.
const CLIENT: &str = "minted-bearer";

/// An access token that no browser was needed for, and when it ends.
#[derive(Debug)]
pub struct MintedBearer {
    /// The token.
    pub token: BearerToken,
    /// [`Lifetimes::access`](crate::Lifetimes::access) after it was minted.
    pub expires_at: Timestamp,
}

/// Why no bearer was minted.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct MintError(Box<dyn std::error::Error + Send + Sync>);

impl AuthorizationServer {
    /// Mints an access token for a user of a mock pool, the same that a sign-in gives: a real grant in the store, without code and refresh
    /// token. For tests, and for the line that a demo prints for `curl`.
    ///
    /// `resource` must be one of the server's, `scopes` (space-separated; all of the resource's when
    /// `None`) within it.
    ///
    /// # Errors
    /// The user name, the resource or a scope is not acceptable, or the store is unavailable.
    pub async fn mint_bearer(
        &self,
        user: &MockUser,
        resource: &str,
        scopes: Option<&str>,
    ) -> Result<MintedBearer, MintError> {
        let server = &self.0;
        let resource = ResourceIdentifier::new(resource).map_err(ConfigError::from)?;
        let (resource, offered) = server
            .resources
            .find(Some(&resource))
            .ok_or_else(|| ConfigError::new("resource", "is none of the authorization server's"))?;
        let scopes: ScopeSet = match scopes {
            Some(scopes) => scopes.parse().map_err(ConfigError::from)?,
            None => offered.clone(),
        };
        if !offered.contains_all(&scopes) {
            return Err(ConfigError::new("scopes", "has one that the resource has not").into());
        }
        let issued = server.issue_now(scopes.clone())?;
        let expires_at = issued.at.plus(server.lifetimes.access);
        let mut grant = Grant {
            client_id: ClientId::new(CLIENT).map_err(ConfigError::from)?,
            resource: resource.clone(),
            scopes,
            user: User {
                subject: Subject::new(user.sub()).map_err(ConfigError::from)?,
                username: Some(user.username().to_owned()),
            },
            created_at: issued.at,
            upstream: UpstreamSession::default(),
            state: GrantState::Revoked,
        };
        grant.advance(issued, server.lifetimes.grace);
        let id = random_id::<16>(&*server.entropy)?;
        let record_end = grant.expires_at(server.now(), &server.lifetimes);
        server.grants.create(&id, &grant, record_end).await?;
        let response = server
            .token_response(&id, &grant)
            .map_err(|error| MintError(error.into()))?;
        let token = BearerToken::new(response.access_token).map_err(ConfigError::from)?;
        Ok(MintedBearer { token, expires_at })
    }
}

macro_rules! mint_error_from {
    ($($error:ty),*) => {$(
        impl From<$error> for MintError {
            fn from(error: $error) -> Self {
                Self(error.into())
            }
        }
    )*};
}

mint_error_from!(ConfigError, EntropyError, VaultError);
