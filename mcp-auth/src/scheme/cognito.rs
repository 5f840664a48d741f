use std::{fmt, sync::Arc};

use url::Url;

use super::{
    AuthScheme, ResourceAuth,
    issuer::{IssuerVerifier, issuer_setting, url_setting},
};
use crate::{
    clock::{Clock, SystemClock},
    error::ConfigError,
    jwks::{JwksCache, JwksLocation, KeySource},
    names::{ClientId, Issuer, ResourceIdentifier, pool_region},
    principal::{Principal, PrincipalKind},
    verify::{
        VerifyError,
        jwt::{
            Algorithms, AudienceRule, CognitoAudience, JwtRules, ResourceBinding, TypRule,
            VerifiedClaims,
        },
    },
};

/// Accepts the access tokens of an Amazon Cognito user pool.
///
/// ```
/// use portcullis_auth::{AuthScheme, Cognito, ResourceIdentifier};
///
/// let resource = ResourceIdentifier::new("https://mcp.example.com/weather/mcp")?;
/// let auth = Cognito::user_pool("us-west-2_AbC123")
///     .client("1a2b3c")
///     .for_resource(&resource)?;
/// assert_eq!(
///     auth.authorization_servers()[0].as_str(),
///     "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_AbC123",
/// );
///
/// // Every app client of the pool would get in:
/// assert!(Cognito::user_pool("us-west-2_AbC123").for_resource(&resource).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What is accepted
///
/// Cognito puts `aud` into an access token only when the client bound a resource at its
/// authorization endpoint (RFC 8707), so `aud` alone cannot decide. A token must be signed with RS256
/// by the pool and say `token_use: access`; and
///
/// | configured | `client_id` | `aud` |
/// |---|---|---|
/// | [`client`](Self::client) | one of these | absent, or this resource |
/// | `client` and [`require_resource_binding`](Self::require_resource_binding) | one of these | this resource |
/// | `require_resource_binding` | any of the pool | this resource |
/// | neither | [`ConfigError`] | |
///
/// ID tokens are refused. Groups come from `cognito:groups` only, scopes from `scope` only. A token
/// of the client-credentials grant is a [`Machine`](PrincipalKind::Machine).
///
/// Keys are fetched when the first token arrives, so the pool need not be reachable at the start.
#[derive(Clone)]
pub struct Cognito {
    pool: String,
    clients: Vec<String>,
    binding: ResourceBinding,
    issuer: Option<String>,
    endpoint: Option<String>,
    jwks_uri: Option<String>,
    clock: Arc<dyn Clock>,
}

impl Cognito {
    /// The pool by its id, `<region>_<name>`, from which issuer and key URL follow.
    pub fn user_pool(id: impl Into<String>) -> Self {
        Self {
            pool: id.into(),
            clients: Vec::new(),
            binding: ResourceBinding::Optional,
            issuer: None,
            endpoint: None,
            jwks_uri: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// Adds an app client whose tokens are accepted; call it once for each.
    #[must_use]
    pub fn client(mut self, id: impl Into<String>) -> Self {
        self.clients.push(id.into());
        self
    }

    /// Refuses tokens that their client did not bind to this resource. Cognito binds resources for
    /// the authorization-code grant of managed login only; machine clients cannot.
    #[must_use]
    pub fn require_resource_binding(mut self) -> Self {
        self.binding = ResourceBinding::Required;
        self
    }

    /// Where the Cognito API is reached, if not at AWS: keys are fetched from
    /// `{url}/{pool}/.well-known/jwks.json`. Tokens keep the issuer of the pool's region.
    #[must_use]
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// Where keys are fetched from, if not below the issuer or [`endpoint`](Self::endpoint).
    #[must_use]
    pub fn jwks_uri(mut self, url: impl Into<String>) -> Self {
        self.jwks_uri = Some(url.into());
        self
    }

    /// The issuer of the tokens, if it is not the pool's at AWS: for emulators.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// The clock for expiry; the machine's by default.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    pub(super) fn shared_clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    pub(super) fn issuer_name(&self) -> Result<Issuer, ConfigError> {
        let service = regional_service("Cognito::user_pool", &self.pool)?;
        match &self.issuer {
            Some(issuer) => issuer_setting("Cognito::issuer", issuer),
            None => issuer_setting("Cognito::user_pool", &format!("{service}/{}", self.pool)),
        }
    }

    pub(super) fn bind(self, resource: &ResourceIdentifier) -> Result<IssuerVerifier, ConfigError> {
        let issuer = self.issuer_name()?;
        let keys = JwksCache::new(self.jwks_location(&issuer)?, self.clock.clone());
        let rules = JwtRules {
            audience: AudienceRule::Cognito(self.audience(resource)?),
            issuer,
            algorithms: Algorithms::RS256,
            typ: TypRule::Plain,
        };
        let keys = KeySource::Remote(keys);
        Ok(IssuerVerifier::new(rules, keys, principal, self.clock))
    }

    fn audience(&self, resource: &ResourceIdentifier) -> Result<CognitoAudience, ConfigError> {
        let clients: Result<Vec<_>, _> = self.clients.iter().map(ClientId::new).collect();
        let clients =
            clients.map_err(|error| ConfigError::new("Cognito::client", error.to_string()))?;
        CognitoAudience::new(resource.clone(), clients, self.binding).ok_or_else(|| {
            ConfigError::new(
                "Cognito::client",
                "tokens of every app client of the pool would be accepted; write \
                 `.client(\"<app client id>\")` or `.require_resource_binding()`",
            )
        })
    }

    fn jwks_location(&self, issuer: &Issuer) -> Result<JwksLocation, ConfigError> {
        if let Some(url) = &self.jwks_uri {
            return Ok(JwksLocation::Url(url_setting("Cognito::jwks_uri", url)?));
        }
        let (setting, mut url): (_, Url) = match &self.endpoint {
            Some(endpoint) => (
                "Cognito::endpoint",
                url_setting("Cognito::endpoint", endpoint)?,
            ),
            None => (
                "Cognito::issuer",
                url_setting("Cognito::issuer", issuer.as_str())?,
            ),
        };
        let mut path = url
            .path_segments_mut()
            .map_err(|()| ConfigError::new(setting, "the URL cannot have a path"))?;
        path.pop_if_empty();
        if self.endpoint.is_some() {
            path.push(&self.pool);
        }
        path.extend([".well-known", "jwks.json"]);
        drop(path);
        Ok(JwksLocation::Url(url))
    }
}

impl AuthScheme for Cognito {
    fn for_resource(self, resource: &ResourceIdentifier) -> Result<ResourceAuth, ConfigError> {
        let clock = self.shared_clock();
        Ok(self.bind(resource)?.into_resource_auth(clock))
    }
}

impl fmt::Debug for Cognito {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cognito")
            .field("pool", &self.pool)
            .field("clients", &self.clients)
            .field("binding", &self.binding)
            .field("issuer", &self.issuer)
            .field("endpoint", &self.endpoint)
            .field("jwks_uri", &self.jwks_uri)
            .finish_non_exhaustive()
    }
}

/// Where AWS serves a pool, by the region that its id begins with. The id becomes a part of URLs, so
/// its characters are checked.
pub(crate) fn regional_service(setting: &'static str, pool: &str) -> Result<String, ConfigError> {
    let malformed = || {
        ConfigError::new(
            setting,
            "a pool id is `<region>_<letters and digits>`, like `us-west-2_AbC123`",
        )
    };
    let region = pool_region(pool).ok_or_else(malformed)?;
    let partition = if region.starts_with("cn-") { ".cn" } else { "" };
    Ok(format!(
        "https://cognito-idp.{region}.amazonaws.com{partition}"
    ))
}

fn principal(claims: VerifiedClaims) -> Result<Principal, VerifyError> {
    if claims.string("token_use")? != Some("access") {
        return Err(VerifyError::Invalid("not an access token (token_use)"));
    }
    let subject = claims.subject()?;
    let client = claims
        .client("client_id")?
        .ok_or(VerifyError::Invalid("client_id is missing"))?;
    let username = claims.string("username")?.map(str::to_owned);
    // A token of the client-credentials grant has no user: `sub` is the client (T6).
    let kind = if username.is_none() || subject.as_str() == client.as_str() {
        PrincipalKind::Machine
    } else {
        PrincipalKind::User
    };
    let principal = Principal::new(claims.issuer().clone(), subject, kind)
        .with_client_id(client)
        .with_groups(claims.list("cognito:groups")?)
        .with_scopes(claims.scopes()?)
        .with_expires_at(claims.expires_at());
    let principal = match username {
        Some(username) => principal.with_username(username),
        None => principal,
    };
    Ok(principal.with_claims(claims.into_claims()))
}
