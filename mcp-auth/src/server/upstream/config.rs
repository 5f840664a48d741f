use std::fmt;

use secrecy::SecretString;
use url::Url;

use crate::{
    error::ConfigError,
    jwks::JwksLocation,
    names::{ClientId, Issuer, ScopeSet, parse_web_url},
    user_pool::{CognitoIssuerType, PoolSettings, UserPool},
    verify::jwt::Algorithms,
};

use super::endpoints::{EndpointSource, Endpoints};

const SETTING: &str = "upstream";
const POOL_SETTINGS: PoolSettings = PoolSettings {
    pool: SETTING,
    replica_region: "Upstream::replica_region",
    issuer: "Upstream::issuer",
    endpoint: "Upstream::endpoint",
};

/// The identity provider where people sign in: a Cognito user pool, or any OpenID provider.
///
/// The authorization server is one confidential client of it. Its callback URL, to be registered
/// there, is the issuer followed by `/callback`.
///
/// ```
/// # use portcullis_auth::Upstream;
/// let cognito = Upstream::cognito(
///     "us-west-2_AbC123",                                    // user pool
///     "https://weather.auth.us-west-2.amazoncognito.com",    // the pool's domain
///     "1a2b3c",                                              // app client
///     "s3cr3t".to_owned(),                                   // its secret, or `None`
/// );
/// let other = Upstream::oidc("https://login.example.com", "1a2b3c", "s3cr3t".to_owned());
/// ```
pub struct Upstream {
    provider: Provider,
    client_id: String,
    client_secret: Option<String>,
    scopes: Vec<String>,
    parameters: Vec<(String, String)>,
    groups_claim: String,
    /// A setting of user pools that another provider was given.
    misplaced: Option<&'static str>,
}

enum Provider {
    Cognito { pool: UserPool, domain: String },
    Oidc { issuer: String },
}

/// What the provider's tokens look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Access tokens are JWTs that name `token_use`, `client_id` and `scope`.
    Cognito,
    /// Access tokens are opaque; the token response names the scopes (RFC 6749 §5.1).
    Oidc,
}

/// A checked [`Upstream`].
pub(super) struct UpstreamConfig {
    pub(super) dialect: Dialect,
    /// Whose tokens are the provider's, with the keys of each: one, or the regions of a user pool.
    pub(super) issuers: Vec<(Issuer, JwksLocation)>,
    pub(super) client_id: ClientId,
    pub(super) client_secret: Option<SecretString>,
    pub(super) endpoints: EndpointSource,
    pub(super) scopes: ScopeSet,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) algorithms: Algorithms,
    pub(super) groups_claim: String,
}

impl Upstream {
    /// A Cognito user pool (`<region>_<id>`) with its domain (a URL: the hosted UI) and an app client.
    /// `client_secret` is a `String`, or `None` for an app client without secret.
    pub fn cognito(
        user_pool: impl Into<String>,
        domain: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<Option<String>>,
    ) -> Self {
        Self {
            provider: Provider::Cognito {
                pool: UserPool::new(user_pool),
                domain: domain.into(),
            },
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            scopes: Vec::new(),
            parameters: Vec::new(),
            groups_claim: "cognito:groups".to_owned(),
            misplaced: None,
        }
    }

    /// An OpenID provider, whose endpoints are discovered at the first sign-in.
    pub fn oidc(
        issuer: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<Option<String>>,
    ) -> Self {
        Self {
            provider: Provider::Oidc {
                issuer: issuer.into(),
            },
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            scopes: Vec::new(),
            parameters: Vec::new(),
            groups_claim: "groups".to_owned(),
            misplaced: None,
        }
    }

    /// How the user pool names itself in its tokens; see
    /// [`Cognito::issuer_type`](crate::Cognito::issuer_type). For Cognito only.
    #[must_use]
    pub fn issuer_type(self, issuer_type: CognitoIssuerType) -> Self {
        self.pool("Upstream::issuer_type", |pool| {
            pool.issuer_type = issuer_type
        })
    }

    /// Adds a region to which the user pool is replicated; see
    /// [`Cognito::replica_region`](crate::Cognito::replica_region). For Cognito only.
    #[must_use]
    pub fn replica_region(self, region: impl Into<String>) -> Self {
        self.pool(POOL_SETTINGS.replica_region, |pool| {
            pool.replica_regions.push(region.into())
        })
    }

    /// Where Cognito's key set is, if not below the issuer: a VPC endpoint or an emulator. The issuer
    /// stays what it is. For Cognito only.
    #[must_use]
    pub fn endpoint(self, endpoint: impl Into<String>) -> Self {
        self.pool(POOL_SETTINGS.endpoint, |pool| {
            pool.endpoint = Some(endpoint.into())
        })
    }

    /// The `iss` of the provider's tokens, if it is not the usual one.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        match &mut self.provider {
            Provider::Cognito { pool, .. } => pool.issuer = Some(issuer.into()),
            Provider::Oidc { issuer: name } => *name = issuer.into(),
        }
        self
    }

    fn pool(mut self, setting: &'static str, change: impl FnOnce(&mut UserPool)) -> Self {
        match &mut self.provider {
            Provider::Cognito { pool, .. } => change(pool),
            Provider::Oidc { .. } => self.misplaced = Some(setting),
        }
        self
    }

    /// Asks the provider for one scope more at each sign-in, besides `openid` and what clients ask for;
    /// call it once for each. `offline_access` needs no call where the provider's metadata lists it.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.push(scope.into());
        self
    }

    /// Adds a parameter to each authorization request at the provider, such as `prompt=consent`,
    /// `access_type=offline` (Google) or `audience` (Auth0); call it once for each. Parameters that the
    /// authorization server sets itself are refused.
    #[must_use]
    pub fn authorization_parameter(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// The claim that lists a user's groups. Default: `cognito:groups` for Cognito, `groups`
    /// otherwise.
    #[must_use]
    pub fn groups_claim(mut self, claim: impl Into<String>) -> Self {
        self.groups_claim = claim.into();
        self
    }

    pub(super) fn check(self) -> Result<UpstreamConfig, ConfigError> {
        if let Some(setting) = self.misplaced {
            let problem = "is for Upstream::cognito only; leave it out for another provider";
            return Err(ConfigError::new(setting, problem));
        }
        let client_id = ClientId::new(self.client_id)
            .map_err(|_| ConfigError::new(SETTING, "needs the id of its client"))?;
        if self.client_secret.as_deref() == Some("") {
            let problem = "has an empty client secret; use `None` for a client without one";
            return Err(ConfigError::new(SETTING, problem));
        }
        let scopes = ScopeSet::new(self.scopes)
            .map_err(|error| ConfigError::new("Upstream::scope", error.to_string()))?;
        check_parameters(&self.parameters)?;
        let (dialect, issuers, endpoints, algorithms) = match self.provider {
            Provider::Cognito { pool, domain } => {
                let issuers = pool.issuers(POOL_SETTINGS)?.into_iter();
                (
                    Dialect::Cognito,
                    issuers.map(|it| (it.issuer, it.keys)).collect(),
                    EndpointSource::Fixed(Endpoints::of_cognito_domain(&domain)?),
                    Algorithms::RS256,
                )
            }
            Provider::Oidc { issuer } => {
                let issuer = Issuer::new(issuer)?;
                let keys = JwksLocation::Discovered(issuer.clone());
                (
                    Dialect::Oidc,
                    vec![(issuer.clone(), keys)],
                    EndpointSource::discovered(issuer),
                    Algorithms::ASYMMETRIC,
                )
            }
        };
        Ok(UpstreamConfig {
            dialect,
            issuers,
            client_id,
            client_secret: self.client_secret.map(SecretString::from),
            endpoints,
            scopes,
            parameters: self.parameters,
            algorithms,
            groups_claim: self.groups_claim,
        })
    }
}

/// A second value of what ties the answer to the question would be the provider's to choose from.
fn check_parameters(parameters: &[(String, String)]) -> Result<(), ConfigError> {
    const OURS: [&str; 11] = [
        "response_type",
        "response_mode",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "request",
        "request_uri",
    ];
    let wrong = |problem| {
        Err(ConfigError::new(
            "Upstream::authorization_parameter",
            problem,
        ))
    };
    for (index, (name, _)) in parameters.iter().enumerate() {
        if name.is_empty() {
            return wrong("needs a name".to_owned());
        }
        if OURS.contains(&name.as_str()) {
            return wrong(format!("{name} is set by the authorization server itself"));
        }
        if parameters[..index].iter().any(|(other, _)| other == name) {
            return wrong(format!("{name} is there twice; keep one"));
        }
    }
    Ok(())
}

pub(super) fn checked_url(text: &str) -> Result<Url, ConfigError> {
    parse_web_url("URL", text)
        .map_err(|error| ConfigError::new(SETTING, format!("{text}: {error}")))
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
