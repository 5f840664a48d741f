use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use portcullis::auth::{
    AuthorizationServer, MemoryStore, RedbStore, SealingKeys, SigningKeys, Upstream,
};
use portcullis::transport::Shutdown;
use serde::Serialize;

use super::{READ, StartError};
use crate::program::{Program, http_healthcheck};
use crate::settings::{
    HostingSettings, LifetimeSettings, ListenSettings, PoolIssuerSettings, Secret, StoreSetting,
    pool_id, web_url,
};

/// `weather-auth`: the authorization server in front of a Cognito user pool.
///
/// Its keys are `PORTCULLIS_SIGNING_KEYS` and `PORTCULLIS_SEALING_KEYS` (or `…_FILE`), which are
/// read from the environment only, since command lines are visible to other users.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct WeatherAuth {
    #[command(flatten)]
    #[serde(flatten)]
    hosting: HostingSettings,

    /// URLs of the MCP servers that tokens are issued for, separated by commas
    #[arg(
        long,
        env = "AUTH_RESOURCES",
        value_name = "AUTH_RESOURCES",
        value_parser = web_url,
        value_delimiter = ',',
        required = true
    )]
    auth_resources: Vec<String>,

    /// User pool where people sign in, such as us-west-2_AbC123
    #[arg(
        long,
        env = "COGNITO_USER_POOL_ID",
        value_name = "COGNITO_USER_POOL_ID",
        value_parser = pool_id
    )]
    cognito_user_pool_id: String,

    /// URL of the user pool's domain, such as `https://NAME.auth.us-west-2.amazoncognito.com`
    #[arg(
        long,
        env = "COGNITO_DOMAIN",
        value_name = "COGNITO_DOMAIN",
        value_parser = web_url
    )]
    cognito_domain: String,

    /// App client of the user pool; its callback URL is PUBLIC_URL/callback
    #[arg(
        long,
        env = "COGNITO_CLIENT_ID",
        value_name = "COGNITO_CLIENT_ID",
        value_parser = NonEmptyStringValueParser::new()
    )]
    cognito_client_id: String,

    /// The app client's secret, if it has one; set it in the environment
    #[arg(long, env = "COGNITO_CLIENT_SECRET", hide_env_values = true)]
    cognito_client_secret: Option<Secret>,

    #[command(flatten)]
    #[serde(flatten)]
    pool_issuer: PoolIssuerSettings,

    /// Where the Cognito API is reached, if not at AWS
    #[arg(
        long,
        env = "COGNITO_ENDPOINT",
        value_name = "COGNITO_ENDPOINT",
        value_parser = web_url
    )]
    cognito_endpoint: Option<String>,

    /// How many proxies in front append the caller's address to X-Forwarded-For, so that limits count
    /// clients: 1 behind one load balancer
    #[arg(
        long,
        env = "TRUSTED_HOPS",
        default_value_t = 0,
        value_name = "PROXIES"
    )]
    trusted_hops: u8,

    /// Grants that a user may have, one per program that signed in: 1 to 256
    #[arg(
        long,
        env = "MAX_GRANTS_PER_USER",
        value_parser = clap::value_parser!(u16).range(1..=256),
        default_value_t = 64,
        value_name = "GRANTS"
    )]
    max_grants_per_user: u16,

    /// Schemes by which clients may be called back that are applications, separated by commas; in place of
    /// cursor, jetbrains, vscode, vscode-insiders and windsurf
    #[arg(
        long,
        env = "REDIRECT_SCHEMES",
        value_name = "REDIRECT_SCHEMES",
        value_delimiter = ','
    )]
    redirect_schemes: Option<Vec<String>>,

    /// Clients that are shut out, by the 16 characters that the log says for them, separated by commas
    #[arg(
        long,
        env = "BLOCKED_CLIENTS",
        value_name = "BLOCKED_CLIENTS",
        value_delimiter = ','
    )]
    blocked_clients: Vec<String>,

    /// Where state is kept: memory, or redb:FILE
    #[arg(long, env = "TOKEN_STORE", value_name = "TOKEN_STORE")]
    token_store: StoreSetting,

    #[command(flatten)]
    #[serde(flatten)]
    lifetimes: LifetimeSettings,
}

impl Program for WeatherAuth {
    type Health = ListenSettings;

    async fn serve(self) -> Result<(), StartError> {
        let router = self
            .hosting
            .site
            .app()
            .authorization_server(self.server()?)
            .into_router()?;
        self.hosting.serve(router, Shutdown::on_signals()).await
    }

    async fn healthcheck(health: ListenSettings) -> Result<(), StartError> {
        http_healthcheck(&health).await
    }
}

impl WeatherAuth {
    fn server(&self) -> Result<AuthorizationServer, StartError> {
        let server = AuthorizationServer::builder(self.hosting.site.public_url.as_str())
            .trusted_hops(self.trusted_hops)
            .max_grants_per_user(self.max_grants_per_user.into())
            .lifetimes((&self.lifetimes).into())
            .refresh_token_reuse(self.lifetimes.refresh_token_reuse.into())
            .upstream(self.upstream())
            .keys(SigningKeys::from_env()?, SealingKeys::from_env()?);
        let server = self
            .auth_resources
            .iter()
            .fold(server, |server, resource| server.resource(resource, [READ]));
        let server = self
            .blocked_clients
            .iter()
            .fold(server, |server, client| server.block_client(client));
        let server = match &self.redirect_schemes {
            Some(schemes) => server.redirect_schemes(schemes),
            None => server,
        };
        let server = match &self.token_store {
            StoreSetting::Memory => server.store(MemoryStore::new()),
            StoreSetting::Redb(file) => {
                server.store(RedbStore::open(file).map_err(StartError::store("TOKEN_STORE"))?)
            }
        };
        Ok(server.build()?)
    }

    fn upstream(&self) -> Upstream {
        let secret = self
            .cognito_client_secret
            .as_ref()
            .map(|secret| secret.reveal().to_owned());
        let upstream = Upstream::cognito(
            &self.cognito_user_pool_id,
            &self.cognito_domain,
            &self.cognito_client_id,
            secret,
        );
        let PoolIssuerSettings {
            cognito_issuer_type,
            cognito_replica_regions,
        } = &self.pool_issuer;
        let upstream = upstream.issuer_type(cognito_issuer_type.unwrap_or_default());
        let upstream = cognito_replica_regions
            .iter()
            .fold(upstream, Upstream::replica_region);
        match &self.cognito_endpoint {
            Some(endpoint) => upstream.endpoint(endpoint),
            None => upstream,
        }
    }
}
