//! What the same exchange costs without an SDK: decode, answer with the same bytes as this SDK's
//! server, and nothing else.

mod board;
mod call;
mod list;
mod progress;
mod rpc;
mod session;
mod sse;

pub(crate) use board::board;
pub(crate) use call::{BEARER, typed, value};
pub(crate) use list::list;
pub(crate) use progress::progress;
pub(crate) use session::sessions;
pub(crate) use sse::sse;

#[cfg(test)]
#[path = "same_tests.rs"]
mod tests;
