use std::{fmt, sync::Arc};

use super::{
    AuthScheme, ResourceAuth,
    issuer::{IssuerVerifier, url_setting},
    issuers::resource_auth,
};
use crate::{
    clock::{Clock, SystemClock},
    error::ConfigError,
    jwks::{JwksCache, JwksLocation, KeySource},
    names::{ClientId, Issuer, ResourceIdentifier},
    principal::{Principal, PrincipalKind},
    user_pool::{CognitoIssuerType, PoolIssuer, PoolSettings, UserPool},
    verify::{
        VerifyError,
        jwt::{
            Algorithms, AudienceRule, CognitoAudience, JwtRules, ResourceBinding, TypRule,
            VerifiedClaims,
        },
    },
};

const SETTINGS: PoolSettings = PoolSettings {
    pool: "Cognito::user_pool",
    replica_region: "Cognito::replica_region",
    issuer: "Cognito::issuer",
    endpoint: "Cognito::endpoint",
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
/// A pre-token-generation trigger can add `aud` = the token's own `client_id`. That binds no resource,
/// so it counts as absent. Any other `aud` is refused.
///
/// `iss` must be the pool's, by its [`issuer_type`](Self::issuer_type), in the pool's own region or in
/// a [`replica_region`](Self::replica_region); each issuer has its own keys.
///
/// ID tokens are refused. Groups come from `cognito:groups` only, scopes from `scope` only. A token
/// of the client-credentials grant is a [`Machine`](PrincipalKind::Machine).
///
/// Keys are fetched when the first token arrives, so the pool need not be reachable at the start.
#[derive(Clone)]
pub struct Cognito {
    pool: UserPool,
    clients: Vec<String>,
    binding: ResourceBinding,
    jwks_uri: Option<String>,
    clock: Arc<dyn Clock>,
}

impl Cognito {
    /// The pool by its id, `<region>_<name>`, from which issuer and key URL follow.
    pub fn user_pool(id: impl Into<String>) -> Self {
        Self {
            pool: UserPool::new(id),
            clients: Vec::new(),
            binding: ResourceBinding::Optional,
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

    /// How the pool names itself in its tokens: `IssuerConfiguration` of the pool, which the console
    /// shows as its issuer. Default: [`Original`](CognitoIssuerType::Original).
    #[must_use]
    pub fn issuer_type(mut self, issuer_type: CognitoIssuerType) -> Self {
        self.pool.issuer_type = issuer_type;
        self
    }

    /// Adds a region to which the pool is replicated, such as `eu-west-1`; call it once for each.
    /// Tokens that are signed under that region's issuer are accepted, too. A pool of the type
    /// [`Updated`](CognitoIssuerType::Updated) needs none: its replicas sign under the primary
    /// region's issuer.
    #[must_use]
    pub fn replica_region(mut self, region: impl Into<String>) -> Self {
        self.pool.replica_regions.push(region.into());
        self
    }

    /// Where the Cognito API is reached, if not at AWS: keys are fetched from
    /// `{url}/{pool}/.well-known/jwks.json`. Tokens keep the issuer of the pool's region.
    #[must_use]
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.pool.endpoint = Some(url.into());
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
        self.pool.issuer = Some(issuer.into());
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

    pub(super) fn issuer_names(&self) -> Result<Vec<Issuer>, ConfigError> {
        let issuers = self.pool.issuers(SETTINGS)?;
        Ok(issuers.into_iter().map(|pool| pool.issuer).collect())
    }

    /// A verifier for each issuer of the pool, that of its own region first.
    pub(super) fn bind(
        self,
        resource: &ResourceIdentifier,
    ) -> Result<Vec<IssuerVerifier>, ConfigError> {
        let audience = self.audience(resource)?;
        let jwks_uri = self.jwks_uri.as_deref();
        let elsewhere = jwks_uri.map(|url| url_setting("Cognito::jwks_uri", url));
        let elsewhere = elsewhere.transpose()?.map(JwksLocation::Url);
        let verifier = |PoolIssuer { issuer, keys }| {
            let location = elsewhere.clone().unwrap_or(keys);
            let keys = KeySource::Remote(JwksCache::new(location, self.clock.clone()));
            let rules = JwtRules {
                audience: AudienceRule::Cognito(audience.clone()),
                issuer,
                algorithms: Algorithms::RS256,
                typ: TypRule::Plain,
            };
            IssuerVerifier::new(rules, keys, principal, self.clock.clone())
        };
        let issuers = self.pool.issuers(SETTINGS)?;
        Ok(issuers.into_iter().map(verifier).collect())
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
}

impl AuthScheme for Cognito {
    fn for_resource(self, resource: &ResourceIdentifier) -> Result<ResourceAuth, ConfigError> {
        let clock = self.shared_clock();
        resource_auth(self.bind(resource)?, clock)
    }
}

impl fmt::Debug for Cognito {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cognito")
            .field("pool", &self.pool)
            .field("clients", &self.clients)
            .field("binding", &self.binding)
            .field("jwks_uri", &self.jwks_uri)
            .finish_non_exhaustive()
    }
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
