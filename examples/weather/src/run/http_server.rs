use clap::Args;
use portcullis::transport::Shutdown;
use serde::Serialize;

use super::{StartError, WeatherResource};
use crate::program::{Program, http_healthcheck};
use crate::settings::{BasePath, HostingSettings, ListenSettings};

/// `weather-http`: the weather tools over Streamable HTTP, as a resource server of its own.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct WeatherHttp {
    #[command(flatten)]
    #[serde(flatten)]
    hosting: HostingSettings,

    #[command(flatten)]
    #[serde(flatten)]
    resource: WeatherResource,

    /// Path of the server: MCP is at BASE_PATH/mcp, health also at BASE_PATH/
    #[arg(
        long,
        env = "BASE_PATH",
        value_name = "BASE_PATH",
        default_value = "/weather-nodejs"
    )]
    base_path: BasePath,
}

impl Program for WeatherHttp {
    type Health = ListenSettings;

    async fn serve(self) -> Result<(), StartError> {
        let site = &self.hosting.site;
        let router = self.resource.router(site, &self.base_path).await?;
        self.hosting.serve(router, Shutdown::on_signals()).await
    }

    async fn healthcheck(health: ListenSettings) -> Result<(), StartError> {
        http_healthcheck(&health).await
    }
}
