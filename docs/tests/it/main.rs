//! The documents against the code.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test fails the test; clippy exempts test functions only"
)]

mod conformance;
