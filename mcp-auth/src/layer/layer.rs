use std::sync::Arc;

use tower_layer::Layer;

use super::{response::Refusals, service::AuthService};
use crate::{
    names::{ResourceIdentifier, ScopeSet},
    scheme::ResourceAuth,
};

/// Lets only authenticated requests through to a service.
///
/// It works on any service that takes HTTP requests: an axum `Router`, a route, or rmcp's own
/// transport. The answer's body is [`axum::body::Body`].
///
/// ```
/// use std::sync::Arc;
///
/// use axum::{Extension, Router, body::Body, http::{Request, StatusCode}, routing::get};
/// use portcullis_auth::{ApiKeys, AuthLayer, AuthScheme, Principal, ResourceIdentifier};
/// use tower::ServiceExt;
///
/// async fn whoami(Extension(caller): Extension<Arc<Principal>>) -> String {
///     caller.subject().to_string()
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // The key is `ci.` and 64 zeros.
/// let keys = "ci:f050e9058f34d6462375a4daa45f5ffc5ae76ed63b61a38468a985cc367736d6";
/// let resource = ResourceIdentifier::new("https://mcp.example.com/mcp")?;
/// let auth = ApiKeys::parse(keys)?.for_resource(&resource)?;
/// let app = Router::new()
///     .route("/mcp", get(whoami))
///     .layer(AuthLayer::new(auth, &resource, "weather/read".parse()?));
///
/// let request = |key: &str| {
///     let request = Request::get("/mcp").header("authorization", format!("Bearer {key}"));
///     request.body(Body::empty())
/// };
/// let answer = app.clone().oneshot(request(&format!("ci.{}", "0".repeat(64)))?).await?;
/// assert_eq!(answer.status(), StatusCode::OK);
/// let answer = app.oneshot(request("ci.guessed")?).await?;
/// assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct AuthLayer {
    auth: ResourceAuth,
    refusals: Arc<Refusals>,
}

impl AuthLayer {
    /// `resource` is what the challenge points to; `scopes` are those that a client should ask for
    /// when it signs in (RFC 6750 §3). They are not demanded here: what a caller may do is decided
    /// where it is known what it wants.
    pub fn new(auth: ResourceAuth, resource: &ResourceIdentifier, scopes: ScopeSet) -> Self {
        Self {
            auth,
            refusals: Arc::new(Refusals::new(resource.clone(), scopes)),
        }
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = AuthService<S>;

    fn layer(&self, inner: S) -> AuthService<S> {
        AuthService::new(
            inner,
            self.auth.authenticator.clone(),
            self.refusals.clone(),
        )
    }
}
