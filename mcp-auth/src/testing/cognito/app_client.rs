use std::{collections::BTreeSet, fmt, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use url::Url;

use crate::{error::ConfigError, names::ScopeSet};

/// How many callback URLs Cognito lets an app client have.
const MAX_CALLBACKS: usize = 100;

/// An app client of a [`MockCognito`](super::MockCognito) pool.
///
/// As in Cognito, a client has either the authorization-code grant ([`new`](Self::new)) or the
/// client-credentials grant ([`machine`](Self::machine)), never both.
#[derive(Clone)]
pub struct MockAppClient {
    pub(super) id: String,
    pub(super) grant: AppClientGrant,
    pub(super) callbacks: Vec<String>,
    pub(super) logout_urls: Vec<String>,
    pub(super) scopes: Vec<String>,
    pub(super) access_lifetime: Duration,
    pub(super) refresh_lifetime: Duration,
    pub(super) rotation_grace: Option<Duration>,
    pub(super) audience_by_trigger: bool,
    secret: Option<SecretString>,
}

/// What an app client may ask the token endpoint for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AppClientGrant {
    Code,
    ClientCredentials,
}

impl MockAppClient {
    /// A client that signs users in: authorization code and refresh token, public (no secret),
    /// access tokens of 1 hour, refresh tokens of 30 days without rotation (Cognito's defaults).
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            grant: AppClientGrant::Code,
            callbacks: Vec::new(),
            logout_urls: Vec::new(),
            scopes: Vec::new(),
            access_lifetime: Duration::from_secs(60 * 60),
            refresh_lifetime: Duration::from_secs(30 * 24 * 60 * 60),
            rotation_grace: None,
            audience_by_trigger: false,
            secret: None,
        }
    }

    /// A client that acts for itself with the client-credentials grant.
    pub fn machine(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            grant: AppClientGrant::ClientCredentials,
            ..Self::new(id).secret(secret)
        }
    }

    /// Makes the client confidential: every token request must carry the secret.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = Some(SecretString::from(secret.into()));
        self
    }

    /// Allows a callback URL: `https`, `http://localhost` or a scheme of the app's own, compared
    /// character by character.
    #[must_use]
    pub fn callback(mut self, url: impl Into<String>) -> Self {
        self.callbacks.push(url.into());
        self
    }

    /// Allows a sign-out URL for `/logout`.
    #[must_use]
    pub fn logout_url(mut self, url: impl Into<String>) -> Self {
        self.logout_urls.push(url.into());
        self
    }

    /// Allows scopes: `openid`, `email`, `phone`, `profile`, `aws.cognito.signin.user.admin`, or
    /// `<resource server>/<scope>`.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// Sets how long access and id tokens live: 5 minutes to 24 hours.
    #[must_use]
    pub fn access_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.access_lifetime = lifetime;
        self
    }

    /// Sets how long refresh tokens live: 1 hour to 10 years.
    #[must_use]
    pub fn refresh_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.refresh_lifetime = lifetime;
        self
    }

    /// Turns refresh token rotation on: each refresh returns a new token for the rest of the old
    /// one's life, and the old one works for `grace` (0 to 60 seconds) more.
    #[must_use]
    pub fn rotate_refresh_tokens(mut self, grace: Duration) -> Self {
        self.rotation_grace = Some(grace);
        self
    }

    /// Plays a pre-token-generation trigger that adds `aud` = the id of this client to users' access
    /// tokens that are bound to no resource.
    #[must_use]
    pub fn audience_by_trigger(mut self) -> Self {
        self.audience_by_trigger = true;
        self
    }

    pub(super) fn accepts(&self, secret: Option<&str>) -> bool {
        match (&self.secret, secret) {
            (None, None) => true,
            (Some(held), Some(given)) => {
                let held = held.expose_secret().as_bytes();
                held.ct_eq(given.as_bytes()).into()
            }
            _ => false,
        }
    }

    pub(super) fn allowed_scopes(&self) -> Result<ScopeSet, ConfigError> {
        Ok(ScopeSet::new(self.scopes.iter().cloned())?)
    }

    pub(super) fn check(&self, pool_scopes: &BTreeSet<String>) -> Result<(), ConfigError> {
        let wrong = |what: &str, problem: &str| {
            let setting = format!("MockAppClient::{what} of {:?}", self.id);
            Err(ConfigError::new(setting, problem))
        };
        if self.id.is_empty() || self.id.len() > 128 {
            return wrong("new", "the id must have 1 to 128 characters");
        }
        if self.scopes.is_empty() {
            return wrong("scopes", "allow at least one scope, for example \"openid\"");
        }
        self.allowed_scopes()?;
        if let Some(unknown) = self.scopes.iter().find(|s| !pool_scopes.contains(*s)) {
            let problem = format!(
                "{unknown:?} does not exist; add its resource server with `.resource_server(..)`"
            );
            return wrong("scopes", &problem);
        }
        if self.callbacks.len() > MAX_CALLBACKS {
            return wrong("callback", "Cognito allows 100 callback URLs");
        }
        self.callbacks
            .iter()
            .try_for_each(|url| check_callback(url))?;
        self.logout_urls
            .iter()
            .try_for_each(|url| check_callback(url))?;

        let minutes = |n: u64| Duration::from_secs(n * 60);
        if !(minutes(5)..=minutes(24 * 60)).contains(&self.access_lifetime) {
            return wrong("access_token_lifetime", "must be 5 minutes to 24 hours");
        }
        if !(minutes(60)..=minutes(3650 * 24 * 60)).contains(&self.refresh_lifetime) {
            return wrong("refresh_token_lifetime", "must be 1 hour to 10 years");
        }
        if self.rotation_grace > Some(minutes(1)) {
            return wrong("rotate_refresh_tokens", "the grace must be 0 to 60 seconds");
        }
        Ok(())
    }
}

impl fmt::Debug for MockAppClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockAppClient")
            .field("id", &self.id)
            .field("grant", &self.grant)
            .field("callbacks", &self.callbacks)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// Cognito's rule for URLs that it redirects to.
fn check_callback(url: &str) -> Result<(), ConfigError> {
    let problem = match app_url(url) {
        None => "is not an absolute URL",
        Some(url) if url.fragment().is_some() => "must not have a fragment",
        Some(url) if !is_app_url(&url) => {
            "must be https, http://localhost (not 127.0.0.1) or an app's own scheme"
        }
        Some(_) => return Ok(()),
    };
    Err(ConfigError::new(format!("callback URL {url:?}"), problem))
}

/// Whether a URL may stand in `redirect_uri` or `resource`.
pub(super) fn is_app_url(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => url.host_str() == Some("localhost"),
        "javascript" | "data" | "file" | "blob" => false,
        _ => true,
    }
}

/// Parses a URL that may go into a `Location` header as it is.
pub(super) fn app_url(text: &str) -> Option<Url> {
    let printable = text.bytes().all(|b| b.is_ascii_graphic());
    printable.then(|| Url::parse(text).ok()).flatten()
}

/// Whether one more callback URL fits and may be registered.
pub(super) fn check_added_callback(client: &MockAppClient, url: &str) -> Result<(), ConfigError> {
    if client.callbacks.len() >= MAX_CALLBACKS {
        let setting = format!("callback URL {url:?}");
        return Err(ConfigError::new(
            setting,
            "Cognito allows 100 callback URLs",
        ));
    }
    check_callback(url)
}
