//! Protected resource metadata (RFC 9728).

use axum::{Router, body::Body, routing::get};
use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, CONTENT_TYPE,
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    names::{Issuer, ResourceIdentifier, ScopeSet},
    scheme::ResourceAuth,
};

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// Tells clients where to sign in for a resource (RFC 9728 §2).
///
/// ```
/// use portcullis_auth::{Issuer, ProtectedResourceMetadata, ResourceIdentifier};
///
/// let resource = ResourceIdentifier::new("https://mcp.example.com/weather/mcp")?;
/// let metadata = ProtectedResourceMetadata::new(resource)
///     .with_authorization_servers(vec![Issuer::new("https://login.example.com")?])
///     .with_scopes_supported("weather/read".parse()?);
/// // Answers /.well-known/oauth-protected-resource/weather/mcp
/// //     and /weather/.well-known/oauth-protected-resource:
/// let router: axum::Router = metadata.router();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtectedResourceMetadata {
    resource: ResourceIdentifier,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    authorization_servers: Vec<Issuer>,
    #[serde(
        default,
        with = "scope_list",
        skip_serializing_if = "ScopeSet::is_empty"
    )]
    scopes_supported: ScopeSet,
    #[serde(default)]
    bearer_methods_supported: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resource_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resource_documentation: Option<String>,
}

impl ProtectedResourceMetadata {
    /// A resource that takes tokens in the `Authorization` header only.
    pub fn new(resource: ResourceIdentifier) -> Self {
        Self {
            resource,
            authorization_servers: Vec::new(),
            scopes_supported: ScopeSet::default(),
            bearer_methods_supported: vec!["header".into()],
            resource_name: None,
            resource_documentation: None,
        }
    }

    /// A resource that is protected by `auth`.
    pub fn of(resource: ResourceIdentifier, auth: &ResourceAuth) -> Self {
        Self::new(resource).with_authorization_servers(auth.authorization_servers().to_vec())
    }

    /// Sets the issuers whose tokens are accepted; clients take the first that they can use.
    #[must_use]
    pub fn with_authorization_servers(mut self, issuers: Vec<Issuer>) -> Self {
        self.authorization_servers = issuers;
        self
    }

    /// Sets the scopes that a client asks for when it does not know better: the least that is of use.
    #[must_use]
    pub fn with_scopes_supported(mut self, scopes: ScopeSet) -> Self {
        self.scopes_supported = scopes;
        self
    }

    /// Sets the name that people read.
    #[must_use]
    pub fn with_resource_name(mut self, name: impl Into<String>) -> Self {
        self.resource_name = Some(name.into());
        self
    }

    /// Sets the URL of a page for developers.
    #[must_use]
    pub fn with_resource_documentation(mut self, url: impl Into<String>) -> Self {
        self.resource_documentation = Some(url.into());
        self
    }

    /// The resource; a client must compare it with the URL that it uses (RFC 9728 §3.3).
    pub fn resource(&self) -> &ResourceIdentifier {
        &self.resource
    }

    /// The issuers whose tokens are accepted.
    pub fn authorization_servers(&self) -> &[Issuer] {
        &self.authorization_servers
    }

    /// The scopes that a client asks for when it does not know better.
    pub fn scopes_supported(&self) -> &ScopeSet {
        &self.scopes_supported
    }

    /// Serves the document where RFC 9728 §3.1 puts it, and, for clients that append the name to the
    /// URL's folder, at `<folder>/.well-known/oauth-protected-resource`.
    ///
    /// It is public: any origin may read it, and caches may keep it for five minutes.
    pub fn router(&self) -> Router {
        self.inserted_router().merge(self.folder_router())
    }

    /// Only where RFC 9728 §3.1 puts it: the name inserted before the path.
    /// A client that was given the URL with a slash at its end looks for the same document with one.
    pub fn inserted_router(&self) -> Router {
        self.inserted_paths()
            .iter()
            .fold(Router::new(), |router, path| self.route(router, path))
    }

    /// The paths of [`inserted_router`](Self::inserted_router).
    pub fn inserted_paths(&self) -> Vec<String> {
        let path = self.resource.metadata_path();
        match self.resource.path_with_slash() {
            Some(_) => vec![format!("{path}/"), path],
            None => vec![path],
        }
    }

    /// Only below the URL's [`folder`](Self::folder); nothing where that is the root, whose document
    /// belongs to whoever owns the origin.
    pub fn folder_router(&self) -> Router {
        match self.folder_path() {
            None => Router::new(),
            Some(path) => self.route(Router::new(), &path),
        }
    }

    /// The path of [`folder_router`](Self::folder_router), if it has one.
    pub fn folder_path(&self) -> Option<String> {
        match self.folder() {
            "" => None,
            folder => Some(format!("{folder}{WELL_KNOWN}")),
        }
    }

    /// The resource's path without its last segment. Two resources in one folder cannot both have
    /// their document there.
    pub fn folder(&self) -> &str {
        let path = self.resource.path();
        path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Serves the document at the root of the origin, where clients look last: only for an origin
    /// that has exactly this one resource.
    pub fn root_router(&self) -> Router {
        self.route(Router::new(), Self::ROOT_PATH)
    }

    /// The path of [`root_router`](Self::root_router).
    pub const ROOT_PATH: &str = WELL_KNOWN;

    fn route(&self, router: Router, path: &str) -> Router {
        // Serialising strings and lists of strings cannot fail.
        let document = Bytes::from(serde_json::to_vec(self).unwrap_or_default());
        let answer = get(async move || document_response(document)).options(preflight);
        // A path may have a segment that starts with `:`; it is text here, not a pattern.
        router.without_v07_checks().route(path, answer)
    }
}

async fn preflight() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    let any = HeaderValue::from_static("*");
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, any.clone());
    // Clients in browsers send their protocol version with this request.
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, any);
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET"),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    response
}

fn document_response(document: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(document));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=300"),
    );
    response
}

/// `scopes_supported` is a list, not the space-separated form.
mod scope_list {
    use serde::{Deserialize, Deserializer, Serialize as _, Serializer};

    use crate::names::{Scope, ScopeSet};

    pub(super) fn serialize<S: Serializer>(scopes: &ScopeSet, to: S) -> Result<S::Ok, S::Error> {
        scopes.iter().collect::<Vec<_>>().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<ScopeSet, D::Error> {
        Ok(Vec::<Scope>::deserialize(from)?.into_iter().collect())
    }
}
