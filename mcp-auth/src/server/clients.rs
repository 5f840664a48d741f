//! Registered clients: those of the configuration and those that registered themselves.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use super::{
    digest::Digest,
    lifetimes::Lifetimes,
    records::{Client, TokenEndpointAuthMethod},
    redirect_schemes::RedirectSchemes,
    redirect_uri::RedirectUri,
    vault::{Vault, VaultError},
};
use crate::{
    clock::{Clock, Timestamp},
    error::ConfigError,
    names::ClientId,
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
    secret: Option<(String, TokenEndpointAuthMethod)>,
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

    /// A client that authenticates with HTTP Basic (`client_secret_basic`).
    pub fn confidential<S: Into<String>>(
        id: impl Into<String>,
        secret: impl Into<String>,
        redirect_uris: impl IntoIterator<Item = S>,
    ) -> Self {
        let method = TokenEndpointAuthMethod::ClientSecretBasic;
        Self {
            secret: Some((secret.into(), method)),
            ..Self::public(id, redirect_uris)
        }
    }

    /// Makes a confidential client send its secret in the form (`client_secret_post`).
    #[must_use]
    pub fn secret_in_form(mut self) -> Self {
        if let Some((_, method)) = &mut self.secret {
            *method = TokenEndpointAuthMethod::ClientSecretPost;
        }
        self
    }

    /// Sets the name on the consent page. Default: the id.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    fn check(self, schemes: &RedirectSchemes, now: Timestamp) -> Result<Client, ConfigError> {
        let problem = |problem: String| ConfigError::new(format!("client {:?}", self.id), problem);
        let id = ClientId::new(self.id.clone()).map_err(|error| problem(error.to_string()))?;
        if self.redirect_uris.is_empty() {
            return Err(problem("needs a redirect URI".to_owned()));
        }
        if self
            .secret
            .as_ref()
            .is_some_and(|(secret, _)| secret.len() < 16)
        {
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
            auth_method: self
                .secret
                .as_ref()
                .map(|(_, method)| *method)
                .unwrap_or_default(),
            secret: self.secret.as_ref().map(|(secret, _)| Digest::of(secret)),
            issued_at: now,
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
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    unused: Duration,
    used: Duration,
}

impl Clients {
    pub(crate) fn new(
        preregistered: Vec<PreregisteredClient>,
        schemes: &RedirectSchemes,
        vault: Arc<Vault>,
        clock: Arc<dyn Clock>,
        lifetimes: &Lifetimes,
    ) -> Result<Self, ConfigError> {
        let now = clock.now();
        let mut clients = HashMap::new();
        for client in preregistered {
            let client = client.check(schemes, now)?;
            let id = client.id.clone();
            if clients.insert(id.clone(), client).is_some() {
                return Err(ConfigError::new(format!("client {id:?}"), "is given twice"));
            }
        }
        Ok(Self {
            preregistered: clients,
            vault,
            clock,
            unused: lifetimes.client_unused,
            used: lifetimes.client_used,
        })
    }

    pub(crate) async fn find(&self, id: &str) -> Result<Option<Client>, VaultError> {
        let Ok(id) = ClientId::new(id) else {
            return Ok(None);
        };
        if let Some(client) = self.preregistered.get(&id) {
            return Ok(Some(client.clone()));
        }
        let found = self.vault.read::<Client>(&record_id(&id)).await?;
        Ok(found.map(|record| record.value))
    }

    /// Whether the client is one of the configuration, for which the operator vouches.
    pub(crate) fn is_preregistered(&self, id: &ClientId) -> bool {
        self.preregistered.contains_key(id)
    }

    pub(crate) async fn register(&self, client: &Client) -> Result<(), VaultError> {
        let expires_at = self.clock.now().plus(self.unused);
        self.vault
            .create(&record_id(&client.id), client, expires_at)
            .await
    }

    /// Keeps a self-registered client that is in use. At most one write a day, and none that matters:
    /// a failure shows at the next use.
    pub(crate) async fn touch(&self, id: &ClientId) {
        if self.is_preregistered(id) {
            return;
        }
        if let Err(error) = self.try_touch(id).await {
            tracing::warn!(
                error = error.to_string(),
                "the use of a client could not be noted"
            );
        }
    }

    async fn try_touch(&self, id: &ClientId) -> Result<(), VaultError> {
        const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
        let record_id = record_id(id);
        let Some(record) = self.vault.read::<Client>(&record_id).await? else {
            return Ok(());
        };
        let expires_at = self.clock.now().plus(self.used);
        if expires_at.since(record.expires_at) < A_DAY {
            return Ok(());
        }
        let written = self
            .vault
            .replace(&record_id, record.version, &record.value, expires_at)
            .await;
        match written {
            // Another request has noted the same.
            Err(VaultError::Conflict) => Ok(()),
            written => written.map(|_| ()),
        }
    }
}

/// A digest, since whoever asks may write anything for a client id.
fn record_id(id: &ClientId) -> String {
    Digest::of(id.as_str()).as_str().to_owned()
}
