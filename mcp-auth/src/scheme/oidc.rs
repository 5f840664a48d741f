use std::{fmt, sync::Arc};

use super::{
    AuthScheme, ResourceAuth,
    issuer::{IssuerVerifier, Profile, issuer_setting, url_setting},
    issuers::resource_auth,
};
use crate::{
    clock::{Clock, SystemClock},
    error::ConfigError,
    jwks::{JwksCache, JwksLocation, KeySource},
    names::{Issuer, ResourceIdentifier},
    principal::{Principal, PrincipalKind},
    verify::{
        VerifyError,
        jwt::{Algorithms, AudienceRule, JwtRules, TypRule, VerifiedClaims},
    },
};

/// Accepts the JWT access tokens of an OAuth 2.0 or OpenID Connect issuer (RFC 9068).
///
/// ```
/// use portcullis_auth::{AuthScheme, Oidc, ResourceIdentifier};
///
/// let resource = ResourceIdentifier::new("https://mcp.example.com/weather/mcp")?;
/// let auth = Oidc::issuer("https://login.example.com").for_resource(&resource)?;
/// assert_eq!(auth.authorization_servers()[0].as_str(), "https://login.example.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A token must be signed by a key of the issuer, have `typ` `at+jwt`, name the issuer exactly as it
/// is written here and the resource in `aud`, and have an `exp`. Scopes come from `scope` or `scp`,
/// groups from `groups`. Where `sub` is the client itself, the caller is a
/// [`Machine`](PrincipalKind::Machine) (RFC 9068 §2.2).
///
/// The keys are found through the issuer's metadata when the first token arrives: first
/// `/.well-known/oauth-authorization-server` (RFC 8414), then `/.well-known/openid-configuration`.
#[derive(Clone)]
pub struct Oidc {
    issuer: String,
    jwks_uri: Option<String>,
    typ: TypRule,
    clock: Arc<dyn Clock>,
}

impl Oidc {
    /// The issuer, exactly as its tokens and its metadata write it: `https://a` and `https://a/` are
    /// two issuers.
    pub fn issuer(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            jwks_uri: None,
            typ: TypRule::AccessToken,
            clock: Arc::new(SystemClock),
        }
    }

    /// Where the keys are, if the issuer publishes no metadata.
    #[must_use]
    pub fn jwks_uri(mut self, url: impl Into<String>) -> Self {
        self.jwks_uri = Some(url.into());
        self
    }

    /// For providers that do not mark access tokens as `at+jwt` in `typ`.
    ///
    /// Then the marks of an ID token decide: a token with `nonce`, `at_hash`, `c_hash` or `s_hash`
    /// is refused, and so is one with none of `scope`, `scp` and `client_id`. Prefer a provider's
    /// setting that makes it issue RFC 9068 tokens, where there is one.
    #[must_use]
    pub fn untyped_access_tokens(mut self) -> Self {
        self.typ = TypRule::Plain;
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
        issuer_setting("Oidc::issuer", &self.issuer)
    }

    pub(super) fn bind(self, resource: &ResourceIdentifier) -> Result<IssuerVerifier, ConfigError> {
        let issuer = self.issuer_name()?;
        let location = match &self.jwks_uri {
            Some(url) => JwksLocation::Url(url_setting("Oidc::jwks_uri", url)?),
            None => JwksLocation::Discovered(issuer.clone()),
        };
        let rules = JwtRules {
            issuer,
            algorithms: Algorithms::ASYMMETRIC,
            audience: AudienceRule::Resource(resource.clone()),
            typ: self.typ,
        };
        let profile: Profile = match self.typ {
            TypRule::AccessToken => principal,
            TypRule::Plain => untyped_principal,
        };
        let keys = KeySource::Remote(JwksCache::new(location, self.clock.clone()));
        Ok(IssuerVerifier::new(rules, keys, profile, self.clock))
    }
}

impl AuthScheme for Oidc {
    fn for_resource(self, resource: &ResourceIdentifier) -> Result<ResourceAuth, ConfigError> {
        let clock = self.shared_clock();
        resource_auth(vec![self.bind(resource)?], clock)
    }
}

impl fmt::Debug for Oidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oidc")
            .field("issuer", &self.issuer)
            .field("jwks_uri", &self.jwks_uri)
            .field("typ", &self.typ)
            .finish_non_exhaustive()
    }
}

fn untyped_principal(claims: VerifiedClaims) -> Result<Principal, VerifyError> {
    let is_marked_as_id = ["nonce", "at_hash", "c_hash", "s_hash"]
        .iter()
        .any(|name| claims.contains(name));
    let grants = ["scope", "scp", "client_id"]
        .iter()
        .any(|name| claims.contains(name));
    if is_marked_as_id || !grants {
        return Err(VerifyError::Invalid("an ID token, not an access token"));
    }
    principal(claims)
}

fn principal(claims: VerifiedClaims) -> Result<Principal, VerifyError> {
    let subject = claims.subject()?;
    let client = match claims.client("client_id")? {
        Some(client) => Some(client),
        None => claims.client("azp")?,
    };
    let is_client = |client: &crate::ClientId| client.as_str() == subject.as_str();
    let kind = if client.as_ref().is_some_and(is_client) {
        PrincipalKind::Machine
    } else {
        PrincipalKind::User
    };
    let mut principal = Principal::new(claims.issuer().clone(), subject, kind)
        .with_groups(claims.list("groups")?)
        .with_scopes(claims.scopes()?)
        .with_expires_at(claims.expires_at());
    if let Some(client) = client {
        principal = principal.with_client_id(client);
    }
    if let Some(username) = claims.string("preferred_username")? {
        principal = principal.with_username(username);
    }
    Ok(principal.with_claims(claims.into_claims()))
}
