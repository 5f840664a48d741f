//! The crate's behaviour at the seams that a user sees.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may panic as tests may"
)]

mod keys;
mod mock_cognito;
mod seal;
mod stores;
mod temp;
