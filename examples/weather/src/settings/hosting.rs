use std::time::Duration;

use axum::Router;
use clap::Args;
use portcullis::transport::{Server, Shutdown};
use serde::Serialize;

use super::{ListenSettings, SiteSettings};
use crate::run::StartError;

/// What every server here that listens is told.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct HostingSettings {
    #[command(flatten)]
    #[serde(flatten)]
    #[allow(missing_docs)]
    pub site: SiteSettings,

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
    /// Serves until `shutdown`, then drains.
    ///
    /// # Errors
    /// The address cannot be bound, or signals cannot be listened for.
    pub async fn serve(&self, router: Router, shutdown: Shutdown) -> Result<(), StartError> {
        let address = self.listen.address();
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .map_err(|source| StartError::Bind {
                address,
                setting: "PORT or BIND",
                source,
            })?;
        tracing::info!(public_url = %self.site.public_url, %address, "listening");
        Server::new(listener)
            .grace(Duration::from_secs(self.shutdown_grace))
            .serve(router, shutdown)
            .await?;
        Ok(())
    }
}
