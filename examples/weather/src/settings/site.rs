use clap::Args;
use portcullis::App;
use serde::Serialize;

use super::Origin;

/// The names under which a server is reached, whatever carries it.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct SiteSettings {
    /// Scheme and host that clients use, without a path, such as `https://mcp.example.com`
    #[arg(long, env = "PUBLIC_URL", value_name = "PUBLIC_URL")]
    pub public_url: Origin,

    /// Further values of Host to answer to, separated by commas
    #[arg(long, env = "ALLOWED_HOSTS", value_delimiter = ',')]
    pub allowed_hosts: Vec<String>,

    /// Web origins whose pages may call the server, separated by commas
    #[arg(long, env = "ALLOWED_ORIGINS", value_delimiter = ',')]
    pub allowed_origins: Vec<String>,
}

impl SiteSettings {
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
}
