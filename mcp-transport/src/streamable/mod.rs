//! Streamable HTTP for every revision from 2025-03-26 to 2026-07-28. Sessions, where they are asked
//! for, are in [`stateful`].
//!
//! A request passes, in this order:
//!
//! 1. `POST`, a JSON `Content-Type`, an `Accept` that one of our two formats satisfies.
//! 2. A body within its bound, decoded once ([`crate::envelope`]).
//! 3. One protocol revision, agreed upon by header and body ([`version`]), which may be [made](mixed)
//!    to agree before; `Mcp-Method` and `Mcp-Name` that say what the body says
//!    ([`routing`](crate::exchange::routing)).
//! 4. The [`Policy`](crate::Policy). From here on a stream may open, so this is the last place
//!    where an answer can have a status of its own; `Mcp-Param-*` headers are compared with their
//!    arguments ([`ParamHeaders`](crate::ParamHeaders)) after it.
//! 5. The [`Handler`](crate::Handler): JSON if it only answers, an event stream as soon as it says
//!    something first.
//!
//! Every refusal is a JSON-RPC error object with a fixed sentence.

mod answer;
mod batch;
mod events;
mod fixed;
mod message;
mod mixed;
mod mixed_clients;
mod service;
mod stateful;
mod subscriptions;
mod version;

pub use mixed::MixedRevisions;
pub use service::{StreamableHttp, StreamableHttpService};
pub use stateful::{SessionLimits, Sessions};
