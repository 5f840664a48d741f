//! Weather over MCP: the tools `get_alerts` and `get_forecast` on data of the US National Weather
//! Service. The binaries in `src/bin` serve them over HTTP, over stdio, and in a demo that brings
//! its own login.

pub mod nws;
pub mod place;
pub mod tools;

mod server;

pub use server::Weather;
