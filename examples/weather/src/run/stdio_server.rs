use clap::Args;
use portcullis::McpServer;
use portcullis::auth::{ConfigError, Issuer, Principal, PrincipalKind, ScopeSet, Subject};
use serde::Serialize;

use super::{READ, StartError};
use crate::Weather;
use crate::nws::{Nws, NwsSettings, WeatherMode};
use crate::program::{NoSettings, Program};

/// `weather-stdio`: the weather tools for a client that starts this program.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct WeatherStdio {
    #[command(flatten)]
    #[serde(flatten)]
    nws: NwsSettings,

    /// Where the weather comes from
    #[arg(long, env = "WEATHER", default_value = "live")]
    weather: WeatherMode,
}

impl Program for WeatherStdio {
    type Health = NoSettings;

    async fn serve(self) -> Result<(), StartError> {
        let weather = Weather::new(Nws::open(&self.nws, self.weather).await?);
        McpServer::new("http://localhost/mcp", weather)
            .serve_stdio(local_caller()?)
            .await?;
        Ok(())
    }

    async fn healthcheck(NoSettings {}: NoSettings) -> Result<(), StartError> {
        Ok(())
    }
}

/// Whoever starts the program may use what it offers.
fn local_caller() -> Result<Principal, StartError> {
    let issuer = Issuer::new("https://localhost").map_err(ConfigError::from)?;
    let subject = Subject::new("local-user").map_err(ConfigError::from)?;
    let scopes = ScopeSet::new([READ]).map_err(ConfigError::from)?;
    Ok(Principal::new(issuer, subject, PrincipalKind::User).with_scopes(scopes))
}
