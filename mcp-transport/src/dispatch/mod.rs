//! From a typed envelope to the handler and back, without a service loop.
//!
//! `methods` decodes `params` into the one request type of the method. `peer` supplies what rmcp
//! needs a connection for. `run` calls the handler. See ADR 0020 for why requests do not go
//! through rmcp's own HTTP service.

mod capture;
mod methods;
mod outlet;
mod peer;
mod run;

pub(crate) use capture::Capture;
pub(crate) use methods::{InvalidParams, Typed, decode, decode_meta};
pub use outlet::Outlet;
pub(crate) use peer::{Connection, unknown_client};
pub(crate) use peer::{FreshPeer, SharedPeers};
pub(crate) use run::{Disconnect, Running, call, context};
