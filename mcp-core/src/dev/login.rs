use std::{
    net::TcpListener,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use portcullis_auth::{
    AuthScheme, AuthorizationServer, ConfigError, Entropy, EntropyError, Issuer, MemoryStore,
    MockAppClient, MockCognito, MockUser, OsEntropy, ResourceAuth, ResourceIdentifier, ScopeSet,
    SealingKeys, SigningKeys, Upstream,
};

use super::{DeskError, PASSWORD, USER, deferred::Deferred};
use crate::app::{App, parse_origin};

const CLIENT: &str = "portcullis-dev";

/// Signs callers of the app's servers in: with an authorization server on the app's own origin, in
/// front of a mock Cognito pool on a port of its own. Both are in memory and forget everything when
/// the program ends.
///
/// The pool's user is [`USER`] with [`PASSWORD`]. Resources and scopes of the app's servers need not
/// be registered, and whoever consents to a scope gets it. Called again for another server of the
/// same app, it returns the same login.
///
/// # Errors
///
/// The app's origin is not on loopback, there is no tokio runtime, or the pool cannot be started.
pub fn login(app: &mut App) -> Result<DevLogin, DeskError> {
    if let Some(login) = &app.login {
        return Ok(DevLogin(login.clone()));
    }
    let login = Arc::new(Login::start(&app.origin)?);
    app.login = Some(login.clone());
    Ok(DevLogin(login))
}

/// The scheme that [`login`] returns.
pub struct DevLogin(Arc<Login>);

impl AuthScheme for DevLogin {
    fn for_resource(self, resource: &ResourceIdentifier) -> Result<ResourceAuth, ConfigError> {
        let deferred = Deferred::new(self.0.pool.clone());
        let mut waiting = self
            .0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        waiting.push((resource.clone(), deferred.clone()));
        let issuer = Issuer::new(&*self.0.origin)?;
        Ok(ResourceAuth::new(deferred, vec![issuer]))
    }
}

/// A pool that runs, and an authorization server that is made when the app is built.
pub(crate) struct Login {
    origin: String,
    pool: MockCognito,
    secret: String,
    waiting: Mutex<Vec<(ResourceIdentifier, Deferred)>>,
    server: OnceLock<AuthorizationServer>,
}

impl Login {
    fn start(origin: &str) -> Result<Self, DeskError> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(DeskError::NoRuntime);
        }
        let origin = parse_origin(origin)?;
        if !origin.is_loopback() {
            return Err(DeskError::NotLoopback(origin.to_string()));
        }
        let origin = origin.to_string();
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let secret = random_secret().map_err(crate::BuildError::from)?;
        let pool = MockCognito::builder()
            .user(user())
            .client(
                MockAppClient::new(CLIENT)
                    .secret(&*secret)
                    // Cognito, and so the mock, takes plain http for localhost only.
                    .callback(format!("{origin}/callback"))
                    .scopes(["openid"]),
            )
            .start_on(tokio::net::TcpListener::from_std(listener)?)?;
        Ok(Self {
            origin,
            pool,
            secret,
            waiting: Mutex::default(),
            server: OnceLock::new(),
        })
    }

    /// Makes the authorization server for these resources, and their verifiers with it.
    pub(crate) fn build<'a>(
        &self,
        servers: impl Iterator<Item = (&'a ResourceIdentifier, ScopeSet)>,
    ) -> Result<AuthorizationServer, ConfigError> {
        let signing = SigningKeys::parse(&SigningKeys::generate("dev")?)?;
        let sealing = SealingKeys::parse(&SealingKeys::generate("dev")?)?;
        let upstream = Upstream::cognito(
            self.pool.pool_id(),
            self.pool.origin(),
            CLIENT,
            self.secret.clone(),
        )
        .endpoint(self.pool.origin())
        .issuer(self.pool.issuer().as_str());
        let mut builder = AuthorizationServer::builder(&*self.origin)
            .upstream(upstream)
            .store(MemoryStore::new())
            .keys(signing, sealing);
        for (resource, scopes) in servers {
            let scopes = || scopes.iter().map(|scope| scope.as_str());
            builder = builder.resource(resource.as_str(), scopes());
            builder = scopes().fold(builder, |builder, scope| builder.scope_by_consent(scope));
        }
        let server = builder.build()?;
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for (resource, deferred) in waiting.iter() {
            deferred.resolve(server.verifier().for_resource(resource)?);
        }
        Ok(self.server.get_or_init(|| server).clone())
    }

    /// The authorization server, once the app has been built.
    pub(crate) fn server(&self) -> Option<&AuthorizationServer> {
        self.server.get()
    }
}

/// Who signs in at the desk.
pub(super) fn user() -> MockUser {
    MockUser::new(USER, PASSWORD)
}

fn random_secret() -> Result<String, EntropyError> {
    let mut bytes = [0; 32];
    OsEntropy.fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
