use axum::routing::get;
use axum::{Json, Router};
use clap::Args;
use portcullis::auth::{Cognito, Oidc};
use portcullis::transport::{Shutdown, replica::Replica};
use portcullis::{BuildError, McpServer, McpServerBuilder};
use serde::Serialize;
use serde_json::json;

use super::StartError;
use crate::Weather;
use crate::nws::{Nws, NwsSettings, WeatherMode};
use crate::settings::{BasePath, IssuerSettings, SiteSettings};

/// The weather tools as a resource server, whatever carries it.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct WeatherResource {
    #[command(flatten)]
    #[serde(flatten)]
    issuer: IssuerSettings,

    #[command(flatten)]
    #[serde(flatten)]
    nws: NwsSettings,

    /// Where the weather comes from
    #[arg(long, env = "WEATHER", default_value = "live")]
    weather: WeatherMode,
}

impl WeatherResource {
    /// The server at `base_path` of the site, with its health page.
    pub(super) async fn router(
        &self,
        site: &SiteSettings,
        base_path: &BasePath,
    ) -> Result<Router, StartError> {
        let resource = site.public_url.at(&format!("{base_path}/mcp"));
        let server = McpServer::new(resource, self.weather().await?);
        self.mount(server, site, base_path, None)
    }

    /// The same over HTTP+SSE. The streams end when `shutdown` starts.
    pub(super) async fn sse_router(
        &self,
        site: &SiteSettings,
        base_path: &BasePath,
        shutdown: Shutdown,
        replica: Option<&Replica>,
    ) -> Result<Router, StartError> {
        let resource = site.public_url.at(&format!("{base_path}/sse"));
        let mut server = McpServer::new(resource, self.weather().await?).legacy_sse_until(shutdown);
        if let Some(replica) = replica {
            server = server.replica(replica);
        }
        self.mount(server, site, base_path, replica)
    }

    async fn weather(&self) -> Result<Weather, StartError> {
        Ok(Weather::new(Nws::open(&self.nws, self.weather).await?))
    }

    fn mount(
        &self,
        server: McpServerBuilder<Weather>,
        site: &SiteSettings,
        base_path: &BasePath,
        replica: Option<&Replica>,
    ) -> Result<Router, StartError> {
        let mut app = site.app().server(self.protect(server)?);
        if let Some(replica) = replica {
            app = app.replica(replica);
        }
        Ok(app.into_router()?.merge(health_page(base_path.as_str())))
    }

    fn protect(&self, server: McpServerBuilder<Weather>) -> Result<McpServer<Weather>, BuildError> {
        let issuer = &self.issuer;
        match (&issuer.auth_issuer, &issuer.cognito_user_pool_id) {
            (None, Some(pool)) => {
                let client = issuer.cognito_client_id.clone().unwrap_or_default();
                let cognito = Cognito::user_pool(pool)
                    .client(client)
                    .issuer_type(issuer.pool_issuer.cognito_issuer_type.unwrap_or_default());
                let regions = issuer.pool_issuer.cognito_replica_regions.iter();
                let cognito = regions.fold(cognito, Cognito::replica_region);
                server
                    .auth(with(cognito, &issuer.cognito_endpoint, Cognito::endpoint))
                    .build()
            }
            (auth_issuer, _) => {
                let oidc = Oidc::issuer(auth_issuer.clone().unwrap_or_default());
                server
                    .auth(with(oidc, &issuer.auth_jwks_uri, Oidc::jwks_uri))
                    .build()
            }
        }
    }
}

fn with<T>(value: T, setting: &Option<String>, apply: impl FnOnce(T, String) -> T) -> T {
    match setting {
        Some(setting) => apply(value, setting.clone()),
        None => value,
    }
}

/// The health page of the path. It is outside of the app, since load balancers send their own Host.
/// At the root, the app has one.
pub(crate) fn health_page(base_path: &str) -> Router {
    if base_path.is_empty() {
        return Router::new();
    }
    let service = base_path.trim_matches('/').to_owned();
    let health = json!({ "status": "healthy", "service": service });
    Router::new().route(&format!("{base_path}/"), get(async move || Json(health)))
}
