//! The HTTP+SSE transport of revision 2024-11-05.
//!
//! A client opens a stream by `GET`. Its first event, `endpoint`, names the URL for `POST`s; what
//! the client posts there is answered on the stream. A message passes, in this order:
//!
//! 1. `POST`, a JSON `Content-Type`, one well-formed session id (400).
//! 2. A session of that id, opened by the same owner (404 for both, so that nothing is learned).
//! 3. A body within its bound, decoded once ([`crate::envelope`]).
//! 4. `Mcp-Method` and `Mcp-Name`, if present, say what the body says; the
//!    [`Policy`](crate::Policy). A refusal is the response of the `POST` itself.
//! 5. The session's bound on running calls. From here on the response is 202, and what follows is
//!    told by events.
//!
//! An idle session is an entry in a table and a body that hyper polls: no task, no rmcp service, no
//! buffer. One task per endpoint looks for sessions whose time is over, as long as there are any. A call
//! is one task; a call that may speak has an rmcp peer of its own for as long as it runs, so that nothing
//! can be said on another call's behalf.
//!
//! A slow reader holds the call that speaks to it. A reader that takes nothing from a full queue for
//! [`SseLimits::slow_reader`] loses its session; no other session notices.

mod converse;
mod endpoint;
mod id;
mod limits;
mod message;
mod messages;
mod queue;
mod session;
mod stream;

pub use endpoint::LegacySse;
pub use limits::SseLimits;
