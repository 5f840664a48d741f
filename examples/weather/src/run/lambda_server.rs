use clap::Args;
use portcullis::lambda::{Function, InvokeMode};
use serde::Serialize;

use super::{StartError, WeatherResource};
use crate::program::{NoSettings, Program};
use crate::settings::{BasePath, SiteSettings};

/// `weather-lambda`: the weather tools as an AWS Lambda function, behind a load balancer, an HTTP
/// API or a function URL.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct WeatherLambda {
    #[command(flatten)]
    #[serde(flatten)]
    site: SiteSettings,

    #[command(flatten)]
    #[serde(flatten)]
    resource: WeatherResource,

    /// Path of the server: MCP is at BASE_PATH/mcp, health also at BASE_PATH/
    #[arg(
        long,
        env = "BASE_PATH",
        value_name = "BASE_PATH",
        default_value = "/weather-nodejs-lambda"
    )]
    base_path: BasePath,

    /// InvokeMode of the function URL, if there is one: BUFFERED or RESPONSE_STREAM
    #[arg(long, env = "LAMBDA_INVOKE_MODE", default_value = "BUFFERED")]
    lambda_invoke_mode: InvokeMode,
}

impl Program for WeatherLambda {
    type Health = NoSettings;

    async fn serve(self) -> Result<(), StartError> {
        let router = self.resource.router(&self.site, &self.base_path).await?;
        Function::new(router)
            .invoke_mode(self.lambda_invoke_mode)
            .run()
            .await?;
        Ok(())
    }

    async fn healthcheck(NoSettings {}: NoSettings) -> Result<(), StartError> {
        Ok(())
    }
}
