//! The server that `@modelcontextprotocol/conformance` expects to find: one fixture per scenario.
//!
//! It is a plain rmcp [`ServerHandler`](rmcp::ServerHandler) and knows nothing of the transport, so
//! that a fault found by the suite is known to be the transport's: mount the same [`Fixture`] on
//! another transport and compare. The names and texts are the suite's; the code is ours.

#![expect(
    deprecated,
    reason = "the suite covers sampling, roots and logging, which SEP-2577 deprecates"
)]

mod capabilities;
mod changes;
mod fixture;
mod media;
mod prompts;
mod questions;
mod resources;
mod schema;
mod skills;
mod tools;

pub use fixture::Fixture;
