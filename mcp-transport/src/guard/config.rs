use thiserror::Error;
use url::{Host, Url};

use super::{
    authority::{AllowedHost, Authority},
    cors,
    layer::GuardLayer,
    rules::Rules,
};

/// Which hosts and origins a server admits.
///
/// ```
/// use axum::{Router, routing::get};
/// use http::{Request, StatusCode};
/// use portcullis_transport::Guard;
/// use tower::ServiceExt;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let guard = Guard::new(&"https://mcp.example.com".parse()?)
///     .allow_origin("https://app.example.com")
///     .build()?;
/// let app: Router = Router::new().route("/", get(|| async { "hello" })).layer(guard);
///
/// let ask = |host| Request::get("/").header("host", host).body(axum::body::Body::empty());
/// let own = app.clone().oneshot(ask("mcp.example.com")?).await?;
/// assert_eq!(own.status(), StatusCode::OK);
/// let rebound = app.oneshot(ask("rebound.example.net")?).await?;
/// assert_eq!(rebound.status(), StatusCode::FORBIDDEN);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Guard {
    public_url: Url,
    hosts: Vec<String>,
    origins: Vec<String>,
    exempt: Vec<String>,
    public: Vec<String>,
}

/// A setting of a [`Guard`] that means nothing.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GuardError {
    /// The public URL is not `http` or `https` with a host.
    #[error("the public URL {0} must be http or https and name a host (PUBLIC_URL)")]
    PublicUrl(Url),
    /// An allowed host is not `host` or `host:port`.
    #[error("the allowed host {0:?} must be a host, or a host and a port (ALLOWED_HOSTS)")]
    Host(String),
    /// An allowed origin is not `scheme://host[:port]`.
    #[error(
        "the allowed origin {0:?} must be scheme://host or scheme://host:port (ALLOWED_ORIGINS)"
    )]
    Origin(String),
}

impl Guard {
    /// Admits the host and the origin of `public_url`, and nothing else. Its path is ignored.
    ///
    /// `/healthz` and `/readyz` are exempt.
    pub fn new(public_url: &Url) -> Self {
        Self {
            public_url: public_url.clone(),
            hosts: Vec::new(),
            origins: Vec::new(),
            exempt: ["/healthz", "/readyz"].map(str::to_owned).to_vec(),
            public: Vec::new(),
        }
    }

    /// Also answers to `host`, written `name`, `name:port` or `[address]:port`. Without a port,
    /// every port of that host is admitted. What `ALLOWED_HOSTS` configures.
    #[must_use]
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }

    /// Also admits pages of `origin`, written `scheme://host` or `scheme://host:port`. What
    /// `ALLOWED_ORIGINS` configures.
    #[must_use]
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Exempts exactly this path, as health checks need it. Such a path must give nothing away.
    #[must_use]
    pub fn exempt(mut self, path: impl Into<String>) -> Self {
        self.exempt.push(path.into());
        self
    }

    /// Lets pages of every origin call exactly this path; `Host` is checked all the same. For public
    /// documents, and for endpoints that look at no cookie: the route has to answer with CORS headers of
    /// its own, and without `Access-Control-Allow-Credentials`.
    #[must_use]
    pub fn allow_any_origin_at(mut self, path: impl Into<String>) -> Self {
        self.public.push(path.into());
        self
    }

    /// The layer for a whole router.
    ///
    /// # Errors
    ///
    /// [`GuardError`] names the setting that cannot be understood.
    pub fn build(self) -> Result<GuardLayer, GuardError> {
        let mut hosts = Vec::new();
        let mut origins = Vec::new();
        for name in names(&self.public_url)? {
            let port = self.public_url.port_or_known_default();
            let authority = Authority::parse(&name)
                .ok_or_else(|| GuardError::PublicUrl(self.public_url.clone()))?;
            hosts.push(AllowedHost::new(Authority { port, ..authority }));
            let suffix = self.public_url.port().map(|port| format!(":{port}"));
            let suffix = suffix.unwrap_or_default();
            origins.push(format!("{}://{name}{suffix}", self.public_url.scheme()));
        }
        for host in &self.hosts {
            let authority = Authority::parse(host).ok_or_else(|| GuardError::Host(host.clone()))?;
            hosts.push(AllowedHost::new(authority));
        }
        for origin in &self.origins {
            origins.push(normalized(origin).ok_or_else(|| GuardError::Origin(origin.clone()))?);
        }
        let boxed = |texts: Vec<String>| texts.into_iter().map(String::into_boxed_str).collect();
        let rules = Rules {
            hosts,
            origins: boxed(origins),
            exempt: boxed(self.exempt),
            public: boxed(self.public),
        };
        Ok(GuardLayer::new(rules, cors::layer()))
    }
}

/// The names that a public URL stands for: itself, and on loopback every loopback name.
fn names(url: &Url) -> Result<Vec<String>, GuardError> {
    let host = match url.scheme() {
        "http" | "https" => url.host(),
        _ => None,
    };
    let loopback = match &host {
        Some(Host::Domain(name)) => name.trim_end_matches('.') == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return Err(GuardError::PublicUrl(url.clone())),
    };
    let mut names: Vec<String> = host.map(|host| host.to_string()).into_iter().collect();
    if loopback {
        names.extend(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
        names.sort();
        names.dedup();
    }
    Ok(names)
}

/// An origin as browsers write it (RFC 6454, section 6.1).
fn normalized(origin: &str) -> Option<String> {
    let url = Url::parse(origin).ok()?;
    let bare = url.username().is_empty()
        && url.password().is_none()
        && matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none();
    if !bare || !url.has_host() {
        return None;
    }
    match url.origin() {
        tuple @ url::Origin::Tuple(..) => Some(tuple.ascii_serialization()),
        // Editors and browser extensions have schemes of their own.
        url::Origin::Opaque(_) => Some(origin.trim_end_matches('/').to_ascii_lowercase()),
    }
}
