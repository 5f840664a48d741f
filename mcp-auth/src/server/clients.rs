//! Registered clients: those of the configuration and those that registered themselves.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use super::{
    digest::Digest,
    fingerprint::Fingerprint,
    lifetimes::Lifetimes,
    records::{Client, ClientSecret},
    redirect_schemes::RedirectSchemes,
    redirect_uri::RedirectUri,
    registration::{self, Registration},
    secret::Secret,
};
use crate::{
    clock::{Clock, Timestamp},
    error::ConfigError,
    names::ClientId,
    seal::Sealer,
};

/// A client that is known by configuration, for applications that cannot register themselves.
///
/// ```
/// # use portcullis_auth::PreregisteredClient;
/// let desktop = PreregisteredClient::public("desktop", ["http://127.0.0.1/callback"]);
/// let portal = PreregisteredClient::confidential("portal", "s3cr3t", ["https://portal.example/cb"])
///     .name("The portal");
/// ```
pub struct PreregisteredClient {
    id: String,
    name: Option<String>,
    redirect_uris: Vec<String>,
    secret: Option<String>,
}

impl PreregisteredClient {
    /// A client without a secret; PKCE protects its codes. On loopback the port of a redirect URI is
    /// not compared (RFC 8252 §7.3).
    pub fn public<S: Into<String>>(
        id: impl Into<String>,
        redirect_uris: impl IntoIterator<Item = S>,
    ) -> Self {
        Self {
            id: id.into(),
            name: None,
            redirect_uris: redirect_uris.into_iter().map(Into::into).collect(),
            secret: None,
        }
    }

    /// A client that authenticates with a secret, by HTTP Basic or in the form.
    pub fn confidential<S: Into<String>>(
        id: impl Into<String>,
        secret: impl Into<String>,
        redirect_uris: impl IntoIterator<Item = S>,
    ) -> Self {
        Self {
            secret: Some(secret.into()),
            ..Self::public(id, redirect_uris)
        }
    }

    /// Sets the name on the consent page. Default: the id.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    fn check(self, schemes: &RedirectSchemes) -> Result<Client, ConfigError> {
        let problem = |problem: String| ConfigError::new(format!("client {:?}", self.id), problem);
        let id = ClientId::new(self.id.clone()).map_err(|error| problem(error.to_string()))?;
        if self.redirect_uris.is_empty() {
            return Err(problem("needs a redirect URI".to_owned()));
        }
        if self.secret.as_ref().is_some_and(|secret| secret.len() < 16) {
            return Err(problem(
                "needs a secret of at least 16 characters".to_owned(),
            ));
        }
        let parse = |uri: &String| {
            RedirectUri::parse(uri, schemes).map_err(|error| problem(format!("{uri}: {error}")))
        };
        Ok(Client {
            redirect_uris: self
                .redirect_uris
                .iter()
                .map(parse)
                .collect::<Result<_, _>>()?,
            id,
            name: self.name.clone(),
            secret: match &self.secret {
                Some(secret) => ClientSecret::Configured(Digest::of(secret)),
                None => ClientSecret::None,
            },
        })
    }
}

impl fmt::Debug for PreregisteredClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreregisteredClient")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

pub(crate) struct Clients {
    preregistered: HashMap<ClientId, Client>,
    blocked: HashSet<Fingerprint>,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    lifetime: Duration,
}

impl Clients {
    pub(crate) fn new(
        preregistered: Vec<PreregisteredClient>,
        blocked: &[String],
        schemes: &RedirectSchemes,
        sealer: Sealer,
        clock: Arc<dyn Clock>,
        lifetimes: &Lifetimes,
    ) -> Result<Self, ConfigError> {
        let mut clients = HashMap::new();
        for client in preregistered {
            let client = client.check(schemes)?;
            let id = client.id.clone();
            if clients.insert(id.clone(), client).is_some() {
                return Err(ConfigError::new(format!("client {id:?}"), "is given twice"));
            }
        }
        let is_preregistered = |id: &ClientId| clients.contains_key(id);
        let blocked = blocked
            .iter()
            .map(|client| Fingerprint::parse(client, is_preregistered))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            preregistered: clients,
            blocked,
            sealer,
            clock,
            lifetime: lifetimes.client,
        })
    }

    /// The client with this id, unless its registration is too old or the operator has shut it out.
    pub(crate) fn find(&self, id: &str) -> Option<Client> {
        let id = ClientId::new(id).ok()?;
        if !self.blocked.is_empty() && self.blocked.contains(&Fingerprint::of(&id)) {
            tracing::debug!(client = %Fingerprint::of(&id), "the client is shut out");
            return None;
        }
        if let Some(client) = self.preregistered.get(&id) {
            return Some(client.clone());
        }
        let registration = Registration::open(&id, &self.sealer)?;
        let ends_at = self.ends_at(&registration);
        (self.clock.now() < ends_at).then(|| registration.into_client(id))
    }

    /// When a registration ends. A longer life may be set later, and then counts.
    pub(crate) fn ends_at(&self, registration: &Registration) -> Timestamp {
        registration.issued_at.plus(self.lifetime)
    }

    /// Whether the client is one of the configuration, for which the operator vouches.
    pub(crate) fn is_preregistered(&self, id: &ClientId) -> bool {
        self.preregistered.contains_key(id)
    }

    /// Whether a client has shown what it must. A secret that it shows must be right in any case.
    pub(crate) fn is_authentic(&self, client: &Client, shown: Option<&Secret>) -> bool {
        match (&client.secret, shown) {
            (ClientSecret::None, shown) => shown.is_none(),
            (ClientSecret::Configured(_), None) => false,
            (ClientSecret::Configured(secret), Some(shown)) => {
                secret.is(&Digest::of(shown.expose()))
            }
            (ClientSecret::Derived { required }, None) => !required,
            (ClientSecret::Derived { .. }, Some(shown)) => {
                registration::is_secret_of(&client.id, shown, &self.sealer)
            }
        }
    }
}
