//! A Cognito user pool in memory.

mod app_client;
mod builder;
mod endpoints;
mod error;
mod expiring;
mod keys;
mod monitor;
mod pool;
mod refresh;
mod serve;
mod sign_in;
mod token;
mod user;

use std::sync::Arc;

use axum::Router;

pub use app_client::MockAppClient;
pub use builder::MockCognitoBuilder;
pub use error::MockCognitoError;
use keys::KeyRing;
pub use monitor::{MockEndpoint, MockFault};
use pool::{Directory, Pool, uuid};
use serve::Server;
pub use token::MockToken;
use token::TokenKind;
pub use user::MockUser;

use crate::{error::ConfigError, names::Issuer, user_pool::CognitoIssuerType};

#[doc = include_str!("mock_cognito.md")]
#[derive(Clone)]
pub struct MockCognito {
    pool: Arc<Pool>,
    server: Option<Arc<Server>>,
}

impl MockCognito {
    /// A pool without users and clients, on the machine's clock.
    pub fn builder() -> MockCognitoBuilder {
        MockCognitoBuilder::default()
    }

    /// All endpoints, to be served at [`origin`](Self::origin).
    pub fn router(&self) -> Router {
        endpoints::router(self.pool.clone())
    }

    /// Where the mock is served: the hosted UI's domain and the `cognito-idp` endpoint in one.
    pub fn origin(&self) -> &str {
        &self.pool.origin
    }

    /// The `iss` of its tokens, unless a [replica](Self::sign_in_region) signs them.
    pub fn issuer(&self) -> &Issuer {
        &self.pool.issuer
    }

    /// The pool's id.
    pub fn pool_id(&self) -> &str {
        &self.pool.id
    }

    /// Where the key set is: `<origin>/<pool>/.well-known/jwks.json`, whatever the issuer is.
    pub fn jwks_uri(&self) -> String {
        self.pool.jwks_uri()
    }

    /// Adds a user, or replaces the one of that name.
    pub fn add_user(&self, user: MockUser) {
        let mut directory = self.pool.directory_mut();
        directory.users.retain(|u| u.username != user.username);
        directory.users.push(user);
    }

    /// Adds an app client, or replaces the one of that id.
    ///
    /// # Errors
    /// It has a scope, URL or lifetime that Cognito would refuse.
    pub fn add_client(&self, client: MockAppClient) -> Result<(), MockCognitoError> {
        client.check(&self.pool.scopes)?;
        let mut directory = self.pool.directory_mut();
        directory.clients.retain(|c| c.id != client.id);
        directory.clients.push(client);
        Ok(())
    }

    /// Allows a callback URL: for an application that knows its port only once it is bound.
    ///
    /// # Errors
    /// No such client, or a URL that Cognito would refuse.
    pub fn add_callback(
        &self,
        client_id: &str,
        url: impl Into<String>,
    ) -> Result<(), MockCognitoError> {
        let url = url.into();
        let mut directory = self.pool.directory_mut();
        let client = directory
            .clients
            .iter_mut()
            .find(|client| client.id == client_id)
            .ok_or_else(|| MockCognitoError::UnknownClient(client_id.to_owned()))?;
        app_client::check_added_callback(client, &url)?;
        client.callbacks.push(url);
        Ok(())
    }

    /// An access token for a user, as the code grant gives it; change it, then
    /// [`issue`](MockToken::issue) it.
    pub fn access_token(&self, client_id: &str, username: &str) -> MockToken {
        MockToken::new(self.pool.clone(), TokenKind::Access, client_id, username)
    }

    /// An id token for a user.
    pub fn id_token(&self, client_id: &str, username: &str) -> MockToken {
        MockToken::new(self.pool.clone(), TokenKind::Id, client_id, username)
    }

    /// An access token for a client that acts for itself.
    pub fn client_credentials_token(&self, client_id: &str) -> MockToken {
        MockToken::new(self.pool.clone(), TokenKind::Machine, client_id, client_id)
    }

    /// Adds two new keys, which sign from now on. The old ones stay in the key set, at most eight
    /// pairs in all.
    ///
    /// # Errors
    /// The system gave no random bytes.
    pub fn rotate_keys(&self) -> Result<(), MockCognitoError> {
        let new = KeyRing::generate(&*self.pool.entropy)?;
        self.pool.keys_mut().append(new);
        Ok(())
    }

    /// Removes every key from the key set but the two newest.
    pub fn drop_old_keys(&self) {
        self.pool.keys_mut().drop_old();
    }

    /// Plays a replica of the pool: from now on, tokens are signed under the issuer that a pool of
    /// this [type](MockCognitoBuilder::aws_issuer_type) has in `region`. Keys, users and refresh
    /// tokens are the same in every region.
    ///
    /// # Errors
    /// The region is malformed.
    pub fn sign_in_region(&self, region: &str) -> Result<(), MockCognitoError> {
        let pool = &self.pool;
        let issuer = match pool.issuer_type {
            CognitoIssuerType::Updated => pool.issuer.clone(),
            CognitoIssuerType::Original => pool
                .issuer_type
                .issuer(region, &pool.id)
                .map_err(ConfigError::from)?,
        };
        pool.sign_as(issuer);
        Ok(())
    }

    /// Makes the next `times` requests to an endpoint fail; replaces what was planned for it, so 0
    /// ends an outage and `u32::MAX` is a long one.
    pub fn fail_next(&self, endpoint: MockEndpoint, fault: MockFault, times: u32) {
        self.pool.monitor.plan(endpoint, fault, times);
    }

    /// How many requests an endpoint has had, the failed ones included.
    pub fn requests(&self, endpoint: MockEndpoint) -> u64 {
        self.pool.monitor.requests(endpoint)
    }
}

impl std::fmt::Debug for MockCognito {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MockCognito")
            .field("origin", &self.pool.origin)
            .field("pool_id", &self.pool.id)
            .finish_non_exhaustive()
    }
}
