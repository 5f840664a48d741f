//! Weather over MCP: the tools `get_alerts` and `get_forecast` on data of the US National Weather
//! Service. The binaries in `src/bin` serve them over HTTP, over stdio, and in a demo that brings
//! its own login.

#[cfg(feature = "demo")]
pub mod demo;
pub mod nws;
pub mod place;
pub mod program;
pub mod run;
mod server;
pub mod settings;
pub mod tools;

pub use server::Weather;
