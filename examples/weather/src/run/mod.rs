//! The programs: how settings become a running server.

mod auth_server;
mod error;
mod http_server;
#[cfg(feature = "lambda")]
mod lambda_server;
mod resource;
mod sse_server;
mod stdio_server;

pub use auth_server::WeatherAuth;
pub use error::StartError;
pub use http_server::WeatherHttp;
#[cfg(feature = "lambda")]
pub use lambda_server::WeatherLambda;
pub use resource::WeatherResource;
#[cfg(feature = "demo")]
pub(crate) use resource::health_page;
pub use sse_server::WeatherSse;
pub use stdio_server::WeatherStdio;

/// The scope that both tools need.
pub const READ: &str = "mcp-server/read";
