use std::{fmt, sync::Arc};

use super::{
    AuthorizationServer, Server,
    browser::BrowserCookie,
    clients::{Clients, PreregisteredClient},
    grants::{GrantEpoch, Grants},
    lifetimes::{Lifetimes, RefreshTokenReuse},
    rate_limit::RateLimit,
    redirect_schemes::RedirectSchemes,
    resources::Resources,
    scopes::{ScopeRule, ScopeRules},
    upstream::{Upstream, UpstreamClient},
    vault::Vault,
    verifier::own_token_verifier,
};
use crate::{
    clock::{Clock, SystemClock},
    entropy::{Entropy, OsEntropy},
    error::ConfigError,
    keys::{SealingKeys, SigningKeys},
    log_limit::LogLimit,
    names::{Issuer, ResourceIdentifier, Scope, ScopeSet, parse_web_url},
    seal::Sealer,
    store::{DynTokenStore, TokenStore},
    verify::jwt::AudienceRule,
};

/// Collects the settings of an [`AuthorizationServer`]; [`build`](Self::build) checks them all.
#[must_use = "nothing is checked before `build`"]
pub struct AuthorizationServerBuilder {
    issuer: String,
    upstream: Option<Upstream>,
    resources: Vec<(String, Vec<String>)>,
    default_resource: Option<String>,
    rules: Vec<(String, ScopeRule)>,
    clients: Vec<PreregisteredClient>,
    blocked_clients: Vec<String>,
    redirect_schemes: Vec<String>,
    trusted_hops: u8,
    lifetimes: Lifetimes,
    refresh_token_reuse: RefreshTokenReuse,
    max_grants_per_user: usize,
    store: Option<Box<dyn DynTokenStore>>,
    keys: Option<(SigningKeys, SealingKeys)>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl AuthorizationServerBuilder {
    pub(super) fn new(issuer: String) -> Self {
        Self {
            issuer,
            upstream: None,
            resources: Vec::new(),
            default_resource: None,
            rules: Vec::new(),
            clients: Vec::new(),
            blocked_clients: Vec::new(),
            redirect_schemes: RedirectSchemes::well_known(),
            trusted_hops: 0,
            lifetimes: Lifetimes::default(),
            refresh_token_reuse: RefreshTokenReuse::default(),
            max_grants_per_user: 64,
            store: None,
            keys: None,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
        }
    }

    /// Sets the identity provider where people sign in. Required.
    pub fn upstream(mut self, upstream: Upstream) -> Self {
        self.upstream = Some(upstream);
        self
    }

    /// Adds a protected resource (an MCP URL) and the scopes that exist for it. At least one is
    /// required.
    ///
    /// A scope is requested at the upstream provider and granted if its token says so, unless a rule
    /// says otherwise: [`scope_by_consent`](Self::scope_by_consent),
    /// [`scope_for_group`](Self::scope_for_group).
    pub fn resource<S: Into<String>>(
        mut self,
        resource: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        let scopes = scopes.into_iter().map(Into::into).collect();
        self.resources.push((resource.into(), scopes));
        self
    }

    /// Sets the resource that a client means which names none, as clients before MCP 2025-06-18 do.
    /// Default: the only resource; with several, the first.
    pub fn default_resource(mut self, resource: impl Into<String>) -> Self {
        self.default_resource = Some(resource.into());
        self
    }

    /// Makes a scope exist only here: whoever consents gets it, the upstream provider is not asked.
    pub fn scope_by_consent(mut self, scope: impl Into<String>) -> Self {
        self.rules.push((scope.into(), ScopeRule::Consent));
        self
    }

    /// Gives a scope to the members of an upstream group (`cognito:groups`) and to nobody else.
    pub fn scope_for_group(mut self, scope: impl Into<String>, group: impl Into<String>) -> Self {
        self.rules
            .push((scope.into(), ScopeRule::Group(group.into())));
        self
    }

    /// Adds a client that need not register.
    pub fn client(mut self, client: PreregisteredClient) -> Self {
        self.clients.push(client);
        self
    }

    /// Shuts one client out: it is unknown from now on, so that nobody signs in to it and it cannot refresh.
    /// An access token that it has ends by itself, by [`Lifetimes::access`].
    ///
    /// `client` is its id, or the 16 characters that logs and the consent page say for it. A registration is
    /// in the client's id and nowhere else, so this, on every replica, is how one is taken back; for all of
    /// them at once, drop the sealing key.
    pub fn block_client(mut self, client: impl Into<String>) -> Self {
        self.blocked_clients.push(client.into());
        self
    }

    /// Lets clients that register name redirect URIs with one more application's own scheme (RFC 8252
    /// §7.1), such as `com.example.app` for `com.example.app:/callback`.
    ///
    /// Default: those of well-known MCP clients, `cursor`, `jetbrains`, `vscode`, `vscode-insiders` and
    /// `windsurf`. Any program on a machine can claim a scheme; PKCE and the consent page's warning protect
    /// the code then. Of what a client registers, URIs with other schemes are left out, which the log and
    /// the answer say.
    pub fn allow_redirect_scheme(mut self, scheme: impl Into<String>) -> Self {
        self.redirect_schemes.push(scheme.into());
        self
    }

    /// Sets which applications' own schemes are allowed, in place of the default of
    /// [`allow_redirect_scheme`](Self::allow_redirect_scheme). With none of them, redirect URIs are `https` or
    /// on loopback, as MCP asks.
    pub fn redirect_schemes<S: Into<String>>(
        mut self,
        schemes: impl IntoIterator<Item = S>,
    ) -> Self {
        self.redirect_schemes = schemes.into_iter().map(Into::into).collect();
        self
    }

    /// Says how many proxies stand in front of this server, each of which appends the address that called
    /// it to `X-Forwarded-For`: 1 behind one load balancer. The limits on registrations and sign-ins then
    /// count the client, which is the entry that many from the right; a request with fewer entries counts
    /// for whoever connected. Default: 0, the header is not read.
    ///
    /// Too high a number lets clients choose their address; too low a one makes them share that of a proxy,
    /// and its limit.
    pub fn trusted_hops(mut self, proxies: u8) -> Self {
        self.trusted_hops = proxies;
        self
    }

    /// Sets how long codes, tokens, sign-ins and registrations live. Default: [`Lifetimes::default`].
    pub fn lifetimes(mut self, lifetimes: Lifetimes) -> Self {
        self.lifetimes = lifetimes;
        self
    }

    /// Sets how many grants a user may have: one per program that signed in, 1 to 256, which
    /// [`build`](Self::build) checks. Default 64. At one
    /// more, the grant of the same client that was not used for longest ends, or else of any client; so
    /// nobody who signs in again and again fills the store.
    pub fn max_grants_per_user(mut self, grants: usize) -> Self {
        self.max_grants_per_user = grants;
        self
    }

    /// Sets what happens when a refresh token comes back that was superseded longer ago than
    /// [`Lifetimes::grace`]. Default: the grant is revoked.
    pub fn refresh_token_reuse(mut self, reuse: RefreshTokenReuse) -> Self {
        self.refresh_token_reuse = reuse;
        self
    }

    /// Sets where records are kept. Required, since a default in memory would sign everybody out at
    /// each restart without saying so.
    pub fn store(mut self, store: impl TokenStore) -> Self {
        self.store = Some(Box::new(store));
        self
    }

    /// Sets the server's keys. Required.
    pub fn keys(mut self, signing: SigningKeys, sealing: SealingKeys) -> Self {
        self.keys = Some((signing, sealing));
        self
    }

    /// Sets the clock. Default: the machine's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the source of randomness. Default: the operating system's.
    pub fn entropy(mut self, entropy: impl Entropy) -> Self {
        self.entropy = Arc::new(entropy);
        self
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// Names the first setting that is missing or wrong, and says what to write.
    pub fn build(self) -> Result<AuthorizationServer, ConfigError> {
        let issuer = origin_issuer(&self.issuer)?;
        let upstream = self.upstream.ok_or_else(|| {
            missing(
                "upstream",
                "say where people sign in, with `.upstream(Upstream::cognito(..))`",
            )
        })?;
        let store = self.store.ok_or_else(|| {
            missing("store", "say where grants are kept, with `.store(RedbStore::open(path)?)`, or `.store(MemoryStore::new())` if a restart may sign everybody out")
        })?;
        let (signing, sealing) = self.keys.ok_or_else(|| {
            missing("keys", "write `.keys(SigningKeys::from_env()?, SealingKeys::from_env()?)`; `portcullis keygen` makes both")
        })?;
        let rules = scope_rules(self.rules)?;
        let resources = parse_resources(self.resources)?;
        let resources = Resources::new(resources, self.default_resource.as_deref(), rules)?;

        let lifetimes = self.lifetimes.checked()?;
        let redirect_schemes = RedirectSchemes::new(self.redirect_schemes)?;
        let sealer = Sealer::shared(sealing, self.entropy.clone());
        let vault = Arc::new(Vault::new(
            store,
            sealer.clone(),
            self.clock.clone(),
            self.entropy.clone(),
        ));
        let ids = resources.ids().cloned().collect();
        let audience = AudienceRule::AnyResource(ids);
        let own_tokens = own_token_verifier(&issuer, &signing, audience, self.clock.clone())?;
        let callback = format!("{issuer}/callback");
        Ok(AuthorizationServer(Arc::new(Server {
            cookie: BrowserCookie::for_issuer(issuer.as_str()),
            upstream: UpstreamClient::new(upstream, callback, self.clock.clone())?,
            clients: Clients::new(
                self.clients,
                &self.blocked_clients,
                &redirect_schemes,
                sealer.clone(),
                self.clock.clone(),
                &lifetimes,
            )?,
            redirect_schemes,
            grants: Grants {
                vault: vault.clone(),
                clock: self.clock.clone(),
                lifetimes: lifetimes.clone(),
                epoch: GrantEpoch::default(),
                max_per_user: max_grants_per_user(self.max_grants_per_user)?,
            },
            trusted_hops: self.trusted_hops.into(),
            registrations: RateLimit::registrations(self.clock.clone()),
            sign_ins: RateLimit::sign_ins(self.clock.clone(), lifetimes.pending),
            log_limit: LogLimit::new(self.clock.clone()),
            issuer,
            resources,
            lifetimes,
            refresh_token_reuse: self.refresh_token_reuse,
            vault,
            signing,
            own_tokens,
            sealer,
            clock: self.clock,
            entropy: self.entropy,
        })))
    }
}

fn max_grants_per_user(grants: usize) -> Result<usize, ConfigError> {
    if (1..=256).contains(&grants) {
        return Ok(grants);
    }
    Err(ConfigError::new(
        "max_grants_per_user",
        format!("{grants} must be from 1 to 256"),
    ))
}

fn missing(setting: &str, advice: &str) -> ConfigError {
    ConfigError::new(setting, format!("is missing: {advice}"))
}

/// The issuer is an origin: then every client finds its metadata, also those that look only at the
/// root (MCP 2025-03-26).
fn origin_issuer(text: &str) -> Result<Issuer, ConfigError> {
    let problem = |problem: String| ConfigError::new("issuer", problem);
    let url = parse_web_url("issuer", text).map_err(|error| problem(format!("{text}: {error}")))?;
    if url.path() != "/" || url.query().is_some() {
        return Err(problem(format!(
            "{text} must be an origin without path, such as https://mcp.example.com"
        )));
    }
    Ok(Issuer::new(url.origin().ascii_serialization())?)
}

fn scope_rules(rules: Vec<(String, ScopeRule)>) -> Result<ScopeRules, ConfigError> {
    let mut checked = ScopeRules::default();
    for (scope, rule) in rules {
        let parsed = Scope::new(scope.clone());
        let parsed = parsed
            .map_err(|error| ConfigError::new(format!("scope {scope:?}"), error.to_string()))?;
        checked.set(parsed, rule);
    }
    Ok(checked)
}

fn parse_resources(
    resources: Vec<(String, Vec<String>)>,
) -> Result<Vec<(ResourceIdentifier, ScopeSet)>, ConfigError> {
    let parse = |(resource, scopes): (String, Vec<String>)| {
        let problem = |error: crate::names::InvalidName| {
            ConfigError::new(format!("resource {resource:?}"), error.to_string())
        };
        Ok((
            ResourceIdentifier::new(&resource).map_err(problem)?,
            ScopeSet::new(scopes).map_err(problem)?,
        ))
    };
    resources.into_iter().map(parse).collect()
}

impl fmt::Debug for AuthorizationServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationServerBuilder")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
