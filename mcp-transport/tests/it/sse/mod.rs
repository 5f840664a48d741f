//! The HTTP+SSE transport.

mod client;

mod calls;
mod framing;
mod lifetimes;
mod limits;
mod owners;
mod policy;
mod protocol;
mod questions;
mod shutdown;
