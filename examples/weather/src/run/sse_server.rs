use clap::Args;
use portcullis::transport::Shutdown;
use serde::Serialize;

use super::{StartError, WeatherResource};
use crate::program::{Program, http_healthcheck};
use crate::settings::{BasePath, HostingSettings, ListenSettings};

/// `weather-sse`: the weather tools over HTTP+SSE, for clients that speak nothing newer.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct WeatherSse {
    #[command(flatten)]
    #[serde(flatten)]
    hosting: HostingSettings,

    #[command(flatten)]
    #[serde(flatten)]
    resource: WeatherResource,

    /// Path of the server: the stream is at BASE_PATH/sse, messages are posted to
    /// BASE_PATH/messages/, health also at BASE_PATH/
    #[arg(
        long,
        env = "BASE_PATH",
        value_name = "BASE_PATH",
        default_value = "/weather-python"
    )]
    base_path: BasePath,

    #[cfg(feature = "valkey")]
    #[command(flatten)]
    #[serde(flatten)]
    replicas: crate::settings::ReplicaSettings,
}

impl Program for WeatherSse {
    type Health = ListenSettings;

    async fn serve(self) -> Result<(), StartError> {
        let shutdown = Shutdown::on_signals();
        let site = &self.hosting.site;
        #[cfg(feature = "valkey")]
        let replica = self.replicas.open(&self.hosting.listen).await?;
        #[cfg(not(feature = "valkey"))]
        let replica = no_replicas()?;
        let router = self
            .resource
            .sse_router(site, &self.base_path, shutdown.clone(), replica.as_ref())
            .await?;
        #[cfg(feature = "valkey")]
        let _membership = {
            let listen = &self.hosting.listen;
            self.replicas.join(replica.as_ref(), listen).await?
        };
        self.hosting.serve(router, shutdown).await
    }

    async fn healthcheck(health: ListenSettings) -> Result<(), StartError> {
        http_healthcheck(&health).await
    }
}

/// Whoever sets `VALKEY_URL` counts on it: another replica would answer 404.
#[cfg(not(feature = "valkey"))]
fn no_replicas() -> Result<Option<portcullis::transport::replica::Replica>, StartError> {
    if crate::program::is_set("VALKEY_URL") {
        return Err(StartError::NotBuilt {
            setting: "VALKEY_URL",
            feature: "valkey",
        });
    }
    Ok(None)
}
