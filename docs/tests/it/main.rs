//! The documents against the code.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test fails the test; clippy exempts test functions only"
)]

mod conformance;
mod limits;
