use bytes::Bytes;
use http::{Method, StatusCode};
use serde::Deserialize;
use tokio::sync::OnceCell;
use url::Url;

use super::{config::checked_url, error::UpstreamError};
use crate::{
    error::ConfigError,
    http_client::HttpClient,
    names::{Issuer, parse_web_url},
};

const MAX_METADATA: usize = 64 * 1024;

/// OpenID Connect Core §11.
pub(super) const OFFLINE_ACCESS: &str = "offline_access";

/// Where the provider's endpoints are.
pub(super) struct Endpoints {
    pub(super) authorization: Url,
    pub(super) token: Url,
    pub(super) revocation: Option<Url>,
    /// Whether each authorization response has `iss` (RFC 9207 §3).
    pub(super) names_issuer: bool,
    /// Whether it knows the scope `offline_access`, to which it may tie refresh tokens (OpenID Connect
    /// Core §11).
    pub(super) knows_offline_access: bool,
}

pub(super) enum EndpointSource {
    Fixed(Endpoints),
    /// Asked for once, at the first sign-in; a failure is not remembered.
    Discovered {
        issuer: Issuer,
        found: OnceCell<Endpoints>,
    },
}

/// The members of OpenID Connect Discovery §3 and RFC 9207 §3 that are needed here.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    revocation_endpoint: Option<String>,
    #[serde(default)]
    scopes_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Endpoints {
    pub(super) fn of_cognito_domain(domain: &str) -> Result<Self, ConfigError> {
        let domain = domain.trim_end_matches('/');
        let endpoint = |name: &str| checked_url(&format!("{domain}/oauth2/{name}"));
        Ok(Self {
            authorization: endpoint("authorize")?,
            token: endpoint("token")?,
            revocation: Some(endpoint("revoke")?),
            names_issuer: false,
            knows_offline_access: false,
        })
    }

    fn from_metadata(document: &Bytes, issuer: &Issuer) -> Result<Self, &'static str> {
        let metadata: Metadata =
            serde_json::from_slice(document).map_err(|_| "its metadata lacks an endpoint")?;
        if metadata.issuer != issuer.as_str() {
            return Err("its metadata names another issuer");
        }
        let endpoint = |text: &str| {
            parse_web_url("endpoint", text)
                .map_err(|_| "its metadata has an endpoint that is no https URL")
        };
        Ok(Self {
            authorization: endpoint(&metadata.authorization_endpoint)?,
            token: endpoint(&metadata.token_endpoint)?,
            revocation: metadata
                .revocation_endpoint
                .as_deref()
                .map(endpoint)
                .transpose()?,
            names_issuer: metadata.authorization_response_iss_parameter_supported,
            knows_offline_access: metadata
                .scopes_supported
                .iter()
                .any(|scope| scope == OFFLINE_ACCESS),
        })
    }
}

impl EndpointSource {
    pub(super) fn discovered(issuer: Issuer) -> Self {
        Self::Discovered {
            issuer,
            found: OnceCell::new(),
        }
    }

    pub(super) async fn endpoints(&self, http: &HttpClient) -> Result<&Endpoints, UpstreamError> {
        match self {
            Self::Fixed(endpoints) => Ok(endpoints),
            Self::Discovered { issuer, found } => {
                found.get_or_try_init(|| discover(http, issuer)).await
            }
        }
    }
}

async fn discover(http: &HttpClient, issuer: &Issuer) -> Result<Endpoints, UpstreamError> {
    let url = format!(
        "{}/.well-known/openid-configuration",
        issuer.as_str().trim_end_matches('/')
    );
    let url = parse_web_url("issuer", &url)
        .map_err(|_| UpstreamError::Unavailable("its issuer is no https URL".into()))?;
    let request = http.request(Method::GET, url)?;
    let response = http.send(request, MAX_METADATA).await?;
    if response.status != StatusCode::OK {
        let problem = format!("its metadata is answered with {}", response.status);
        return Err(UpstreamError::Unavailable(problem.into()));
    }
    Endpoints::from_metadata(&response.body, issuer)
        .map_err(|problem| UpstreamError::Unavailable(problem.into()))
}
