//! How do bytes become MCP messages?
//!
//! The transport decodes an HTTP request once, asks a [`Policy`] whether it may go on, and hands the
//! typed message to a [`Handler`]. It knows nothing of tokens or scopes.

mod dispatch;
mod envelope;
mod handler;
mod limits;
mod policy;
mod streamable;

pub use handler::{Handler, PeerUse, Stock};
pub use limits::Limits;
pub use policy::{Call, Policy};
pub use streamable::{StreamableHttp, StreamableHttpService};
