use std::time::Duration;

use axum::Router;
use clap::Args;
use portcullis::App;
use portcullis::transport::{Server, Shutdown};
use serde::Serialize;

use super::{ListenSettings, Origin};
use crate::run::StartError;

/// What every HTTP server here is told.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct HostingSettings {
    /// Scheme and host that clients use, without a path, such as `https://mcp.example.com`
    #[arg(long, env = "PUBLIC_URL", value_name = "PUBLIC_URL")]
    pub public_url: Origin,

    /// Further values of Host to answer to, separated by commas
    #[arg(long, env = "ALLOWED_HOSTS", value_delimiter = ',')]
    pub allowed_hosts: Vec<String>,

    /// Web origins whose pages may call the server, separated by commas
    #[arg(long, env = "ALLOWED_ORIGINS", value_delimiter = ',')]
    pub allowed_origins: Vec<String>,

    /// Seconds that running requests get after SIGTERM
    #[arg(
        long,
        env = "SHUTDOWN_GRACE",
        default_value_t = 10,
        value_name = "SECONDS"
    )]
    pub shutdown_grace: u64,

    #[command(flatten)]
    #[serde(flatten)]
    #[allow(missing_docs)]
    pub listen: ListenSettings,
}

impl HostingSettings {
    /// An app on the public URL, with the hosts and origins that the operator allows.
    pub fn app(&self) -> App {
        let app = App::new(self.public_url.as_str());
        let app = self
            .allowed_hosts
            .iter()
            .fold(app, |app, host| app.allow_host(host));
        self.allowed_origins
            .iter()
            .fold(app, |app, origin| app.allow_origin(origin))
    }

    /// Serves until SIGTERM or SIGINT, then drains.
    ///
    /// # Errors
    /// The address cannot be bound, or signals cannot be listened for.
    pub async fn serve(&self, router: Router) -> Result<(), StartError> {
        let address = self.listen.address();
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .map_err(|source| StartError::Bind { address, source })?;
        tracing::info!(public_url = %self.public_url, %address, "listening");
        Server::new(listener)
            .grace(Duration::from_secs(self.shutdown_grace))
            .serve(router, Shutdown::on_signals())
            .await?;
        Ok(())
    }
}
