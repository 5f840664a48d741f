use std::fmt;

use secrecy::SecretString;
use url::Url;

use crate::{
    error::ConfigError,
    jwks::JwksLocation,
    names::{ClientId, Issuer, parse_web_url},
    scheme::regional_service,
    verify::jwt::Algorithms,
};

use super::endpoints::{EndpointSource, Endpoints};

const SETTING: &str = "upstream";

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
    issuer: Option<String>,
    endpoint: Option<String>,
    groups_claim: String,
}

enum Provider {
    Cognito { user_pool: String, domain: String },
    Oidc,
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
    pub(super) issuer: Issuer,
    pub(super) client_id: ClientId,
    pub(super) client_secret: Option<SecretString>,
    pub(super) endpoints: EndpointSource,
    pub(super) jwks: JwksLocation,
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
                user_pool: user_pool.into(),
                domain: domain.into(),
            },
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            issuer: None,
            endpoint: None,
            groups_claim: "cognito:groups".to_owned(),
        }
    }

    /// An OpenID provider, whose endpoints are discovered at the first sign-in.
    pub fn oidc(
        issuer: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<Option<String>>,
    ) -> Self {
        Self {
            provider: Provider::Oidc,
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            issuer: Some(issuer.into()),
            endpoint: None,
            groups_claim: "groups".to_owned(),
        }
    }

    /// Where Cognito's key set is, if not at `https://cognito-idp.<region>.amazonaws.com`: a VPC
    /// endpoint or an emulator. The issuer stays what it is.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// The `iss` of the provider's tokens, if it is not the usual one.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
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
        let client_id = ClientId::new(self.client_id)
            .map_err(|_| ConfigError::new(SETTING, "needs the id of its client"))?;
        if self.client_secret.as_deref() == Some("") {
            let problem = "has an empty client secret; use `None` for a client without one";
            return Err(ConfigError::new(SETTING, problem));
        }
        let (dialect, issuer, endpoints, jwks, algorithms) = match self.provider {
            Provider::Cognito { user_pool, domain } => {
                let service = regional_service(SETTING, &user_pool)?;
                let issuer = self
                    .issuer
                    .unwrap_or_else(|| format!("{service}/{user_pool}"));
                let endpoint = self.endpoint.unwrap_or(service);
                let jwks = format!(
                    "{}/{user_pool}/.well-known/jwks.json",
                    endpoint.trim_end_matches('/')
                );
                (
                    Dialect::Cognito,
                    Issuer::new(issuer)?,
                    EndpointSource::Fixed(Endpoints::of_cognito_domain(&domain)?),
                    JwksLocation::Url(checked_url(&jwks)?),
                    Algorithms::RS256,
                )
            }
            Provider::Oidc => {
                let issuer = Issuer::new(self.issuer.unwrap_or_default())?;
                (
                    Dialect::Oidc,
                    issuer.clone(),
                    EndpointSource::discovered(issuer.clone()),
                    JwksLocation::Discovered(issuer),
                    Algorithms::ASYMMETRIC,
                )
            }
        };
        Ok(UpstreamConfig {
            dialect,
            issuer,
            client_id,
            client_secret: self.client_secret.map(SecretString::from),
            endpoints,
            jwks,
            algorithms,
            groups_claim: self.groups_claim,
        })
    }
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
