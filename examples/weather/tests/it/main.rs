//! The weather tools against a weather service that we break on purpose.

#![allow(clippy::unwrap_used, reason = "tests say what they know to be true")]

#[cfg(feature = "demo")]
mod demo;
#[cfg(feature = "demo")]
mod demo_sse;
mod drain;
mod faults;
mod mock_nws;
mod programs;
mod recorded;
#[cfg(feature = "demo")]
mod running_demo;
mod server;
mod session;
#[cfg(feature = "demo")]
mod sign_in;
mod tools;
