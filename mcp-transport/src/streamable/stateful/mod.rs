//! Streamable HTTP with sessions, for clients of the revisions before 2026-07-28 that must be asked
//! something, listen beside their calls, or come back for an answer.
//!
//! `initialize` opens a session and names it in `Mcp-Session-Id`. A request that carries the name
//! passes, in this order:
//!
//! 1. The bounds of every body, and its envelope.
//! 2. One well-formed name (400), of a session that the same owner opened (404 for both, so that
//!    nothing is learned).
//! 3. The checks of every request: revision, routing headers, policy. A missing
//!    `MCP-Protocol-Version` means the session's own revision.
//! 4. The session's bound on what runs in it. Nothing of a body has an effect unless all of it may.
//!
//! A call is run by the same direct dispatch as without a session, and has an rmcp peer of its own,
//! so that what it says and asks goes to the stream of its own request. One that may speak opens its
//! stream at once; every event of it has an id, and is kept for a while ([`log`]), so that a client
//! that lost its connection reads on from where it was.
//!
//! rmcp's service loop runs once per session ([`standing`]), since nothing else can hand a client's
//! notifications to a handler. What is said on its peer goes to the stream that a client opens by
//! `GET`.

mod call;
mod config;
mod endpoint;
mod log;
mod message;
mod notification;
mod open;
mod post;
mod reader;
mod session;
mod standing;
mod voice;

pub use config::{SessionLimits, Sessions};
pub(super) use endpoint::{Stateful, names_session};
pub(super) use message::Work;
pub(super) use session::Session;
