use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, RwLock},
};

use tokio::net::TcpListener;
use url::Url;

use super::{
    Directory, MockAppClient, MockCognito, MockCognitoError, MockUser, Pool, expiring::Expiring,
    keys::KeyRing, monitor::Monitor, serve::Server,
};
use crate::{
    clock::{Clock, SystemClock},
    entropy::{Entropy, OsEntropy},
    error::ConfigError,
    keys::SealingKeys,
    names::{Issuer, is_loopback_host, pool_region},
    seal::Sealer,
    user_pool::CognitoIssuerType,
};

/// The scopes that every pool has.
const STANDARD_SCOPES: [&str; 5] = [
    "openid",
    "email",
    "phone",
    "profile",
    "aws.cognito.signin.user.admin",
];
const MAX_SESSIONS: usize = 1_000;
const MAX_CODES: usize = 1_000;
const MAX_REVOKED: usize = 10_000;

/// Configures a [`MockCognito`].
pub struct MockCognitoBuilder {
    pool_id: String,
    /// `None`: the mock's own origin.
    aws_issuer: Option<CognitoIssuerType>,
    users: Vec<MockUser>,
    clients: Vec<MockAppClient>,
    scopes: BTreeSet<String>,
    refresh_keys: Option<SealingKeys>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Default for MockCognitoBuilder {
    fn default() -> Self {
        Self {
            pool_id: "us-east-1_MockPool1".to_owned(),
            aws_issuer: None,
            users: Vec::new(),
            clients: Vec::new(),
            scopes: STANDARD_SCOPES.map(str::to_owned).into(),
            refresh_keys: None,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
        }
    }
}

impl MockCognitoBuilder {
    /// Sets the pool id, `<region>_<letters and digits>`; default `us-east-1_MockPool1`.
    #[must_use]
    pub fn pool_id(mut self, pool_id: impl Into<String>) -> Self {
        self.pool_id = pool_id.into();
        self
    }

    /// Makes the tokens say `iss = https://cognito-idp.<region>.amazonaws.com/<pool>`, as the real
    /// pool's do, while the keys stay at this mock's [`jwks_uri`](MockCognito::jwks_uri); the issuer
    /// is then the same on every port. Default: `<origin>/<pool>`, where discovery finds the keys.
    #[must_use]
    pub fn aws_issuer(self) -> Self {
        self.aws_issuer_type(CognitoIssuerType::Original)
    }

    /// As [`aws_issuer`](Self::aws_issuer), of a pool with this issuer type.
    #[must_use]
    pub fn aws_issuer_type(mut self, issuer_type: CognitoIssuerType) -> Self {
        self.aws_issuer = Some(issuer_type);
        self
    }

    /// Adds a user.
    #[must_use]
    pub fn user(mut self, user: MockUser) -> Self {
        self.users.push(user);
        self
    }

    /// Adds an app client.
    #[must_use]
    pub fn client(mut self, client: MockAppClient) -> Self {
        self.clients.push(client);
        self
    }

    /// Adds a resource server: its scopes are `<identifier>/<scope>`.
    #[must_use]
    pub fn resource_server<S: AsRef<str>>(
        mut self,
        identifier: &str,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        let named = |scope: S| format!("{identifier}/{}", scope.as_ref());
        self.scopes.extend(scopes.into_iter().map(named));
        self
    }

    /// Sets the keys that seal refresh tokens, so that these outlive a restart; default: a new key.
    #[must_use]
    pub fn refresh_keys(mut self, keys: SealingKeys) -> Self {
        self.refresh_keys = Some(keys);
        self
    }

    /// Sets the time; default: the machine's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the randomness of codes, ids and `kid`s; default: the machine's. RSA keys are always
    /// made by the machine's.
    #[must_use]
    pub fn entropy(mut self, entropy: impl Entropy) -> Self {
        self.entropy = Arc::new(entropy);
        self
    }

    /// Makes the pool for `origin` (`http://localhost:9229`), where
    /// [`router`](MockCognito::router) will be served.
    ///
    /// # Errors
    /// The origin is not on loopback or not an origin, the pool id is malformed, or a client has a
    /// scope, URL or lifetime that Cognito would refuse.
    pub fn build(self, origin: &str) -> Result<MockCognito, MockCognitoError> {
        let origin = check_origin(origin)?;
        let region = check_pool_id(&self.pool_id)?;
        for client in &self.clients {
            client.check(&self.scopes)?;
        }
        let issuer = match self.aws_issuer {
            None => Issuer::new(format!("{origin}/{}", self.pool_id)),
            Some(issuer_type) => issuer_type.issuer(region, &self.pool_id),
        };
        let issuer = issuer.map_err(ConfigError::from)?;
        let refresh_keys = match self.refresh_keys {
            Some(keys) => keys,
            None => SealingKeys::parse(&SealingKeys::generate("mock")?)?,
        };
        Ok(MockCognito {
            server: None,
            pool: Arc::new(Pool {
                origin,
                signing_issuer: RwLock::new(issuer.clone()),
                issuer,
                issuer_type: self.aws_issuer.unwrap_or_default(),
                id: self.pool_id,
                scopes: self.scopes,
                directory: RwLock::new(Directory {
                    users: self.users,
                    clients: self.clients,
                }),
                keys: RwLock::new(KeyRing::generate(&*self.entropy)?),
                sealer: Sealer::shared(refresh_keys, self.entropy.clone()),
                sessions: Mutex::new(Expiring::new(MAX_SESSIONS)),
                codes: Mutex::new(Expiring::new(MAX_CODES)),
                revoked: Mutex::new(Expiring::new(MAX_REVOKED)),
                retired: Mutex::new(Expiring::new(MAX_REVOKED)),
                monitor: Monitor::default(),
                clock: self.clock,
                entropy: self.entropy,
            }),
        })
    }

    /// Makes the pool and serves it on a free port of 127.0.0.1 until the last clone is dropped.
    ///
    /// # Errors
    /// As [`build`](Self::build), or no port could be bound.
    pub async fn start(self) -> Result<MockCognito, MockCognitoError> {
        self.start_on(TcpListener::bind(("127.0.0.1", 0)).await?)
    }

    /// Makes the pool and serves it on `listener` until the last clone is dropped. Must be called
    /// within a tokio runtime.
    ///
    /// # Errors
    /// As [`build`](Self::build), or the listener is not on loopback.
    pub fn start_on(self, listener: TcpListener) -> Result<MockCognito, MockCognitoError> {
        let origin = format!("http://{}", listener.local_addr()?);
        let mut mock = self.build(&origin)?;
        mock.server = Some(Arc::new(Server::spawn(listener, mock.router())));
        Ok(mock)
    }
}

impl std::fmt::Debug for MockCognitoBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MockCognitoBuilder")
            .field("pool_id", &self.pool_id)
            .field("users", &self.users)
            .field("clients", &self.clients)
            .finish_non_exhaustive()
    }
}

fn check_origin(origin: &str) -> Result<String, ConfigError> {
    let wrong = |problem| ConfigError::new(format!("MockCognito origin {origin:?}"), problem);
    let url = Url::parse(origin).map_err(|_| wrong("write it as http://localhost:9229"))?;
    if !is_loopback_host(&url) {
        return Err(wrong(
            "must be on loopback: the mock knows passwords that everybody knows",
        ));
    }
    let text = url.origin().ascii_serialization();
    if !matches!(url.scheme(), "http" | "https") || text != origin.trim_end_matches('/') {
        return Err(wrong(
            "must be scheme, host and port only, as in http://localhost:9229",
        ));
    }
    Ok(text)
}

/// Returns the region.
fn check_pool_id(id: &str) -> Result<&str, ConfigError> {
    pool_region(id).ok_or_else(|| {
        let setting = format!("MockCognito pool id {id:?}");
        ConfigError::new(setting, "write it as us-west-2_AbC123")
    })
}
