//! The weather tools against a weather service that we break on purpose.

#![allow(clippy::unwrap_used, reason = "tests say what they know to be true")]

mod faults;
mod mock_nws;
mod programs;
mod recorded;
mod server;
mod session;
mod tools;
