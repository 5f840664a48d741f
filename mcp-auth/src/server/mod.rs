//! The authorization server: see [`AuthorizationServer`].

mod access_token;
mod authorization_response;
mod browser;
mod builder;
mod client_name;
mod clients;
mod digest;
mod endpoints;
mod fingerprint;
mod grant_token;
mod grants;
mod issuance;
mod lifetimes;
mod oauth_error;
mod pages;
mod params;
mod pkce;
mod quoted;
mod rate_limit;
mod records;
mod redirect_schemes;
mod redirect_uri;
mod refusal;
mod registration;
mod resources;
mod retry_after;
mod scopes;
mod secret;
#[cfg(feature = "testing")]
mod testing;
mod upstream;
mod user_grants;
mod vault;
mod verifier;

use std::{fmt, sync::Arc};

use axum::Router;

pub use builder::AuthorizationServerBuilder;
pub use clients::PreregisteredClient;
pub use lifetimes::{Lifetimes, RefreshTokenReuse};
#[cfg(feature = "testing")]
pub use testing::{MintError, MintedBearer};
pub use upstream::Upstream;
pub use verifier::GrantVerifier;

use crate::{
    clock::{Clock, Timestamp},
    entropy::Entropy,
    keys::SigningKeys,
    log_limit::LogLimit,
    names::{Issuer, ResourceIdentifier, ScopeSet},
    seal::Sealer,
    verify::jwt::JwtVerifier,
};
use browser::BrowserCookie;
use clients::Clients;
use grants::Grants;
use rate_limit::RateLimit;
use redirect_schemes::RedirectSchemes;
use resources::Resources;
use upstream::UpstreamClient;
use vault::Vault;

#[doc = include_str!("authorization_server.md")]
#[doc = include_str!("lifetimes.md")]
#[derive(Clone)]
pub struct AuthorizationServer(Arc<Server>);

/// What the endpoints share.
pub(crate) struct Server {
    issuer: Issuer,
    resources: Resources,
    clients: Clients,
    redirect_schemes: RedirectSchemes,
    grants: Grants,
    lifetimes: Lifetimes,
    refresh_token_reuse: RefreshTokenReuse,
    vault: Arc<Vault>,
    upstream: UpstreamClient,
    signing: SigningKeys,
    /// Verifies an access token of any of the resources.
    own_tokens: JwtVerifier,
    sealer: Sealer,
    cookie: BrowserCookie,
    /// How many proxies stand in front; see `AuthorizationServerBuilder::trusted_hops`.
    trusted_hops: usize,
    registrations: RateLimit,
    sign_ins: RateLimit,
    log_limit: LogLimit<&'static str>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl AuthorizationServer {
    /// Starts with the issuer: the public origin at which the endpoints are served, such as
    /// `https://mcp.example.com`. It is configuration, and never taken from a request.
    pub fn builder(issuer: impl Into<String>) -> AuthorizationServerBuilder {
        AuthorizationServerBuilder::new(issuer.into())
    }

    /// The issuer, as it is in tokens and metadata.
    pub fn issuer(&self) -> &Issuer {
        &self.0.issuer
    }

    /// The scopes that users can be granted at a resource; `None` if no tokens are issued for it.
    pub fn scopes_of(&self, resource: &ResourceIdentifier) -> Option<&ScopeSet> {
        self.0.resources.offered(resource)
    }

    /// All endpoints, to be served at the root of the issuer's origin. For the limits on registrations
    /// and sign-ins the router wants axum's `ConnectInfo<SocketAddr>`; without it all clients share one
    /// limit. Behind proxies that is the last one's address: see
    /// [`trusted_hops`](AuthorizationServerBuilder::trusted_hops).
    pub fn router(&self) -> Router {
        endpoints::router(self.0.clone())
    }

    /// The paths of [`router`](Self::router) that scripts of any origin may call, as browser clients do:
    /// metadata, keys, `/register`, `/token` and `/revoke`. They answer with CORS headers and look at no
    /// cookie, so a check of `Origin` in front of them protects nobody.
    pub fn paths_for_scripts(&self) -> Vec<String> {
        endpoints::paths_for_scripts(&self.0)
    }

    /// What a resource server in this process passes to `.auth(..)`: it verifies with the server's own
    /// keys, without HTTP, and stops honouring a revoked grant at once.
    pub fn verifier(&self) -> GrantVerifier {
        GrantVerifier::new(self.0.clone())
    }
}

impl Server {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl fmt::Debug for AuthorizationServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationServer")
            .field("issuer", &self.0.issuer)
            .field("resources", &self.0.resources)
            .finish_non_exhaustive()
    }
}
