//! The crate's behaviour at the seams that a user sees.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may panic as tests may"
)]

mod api_keys;
mod authorization_server;
mod challenge;
mod cognito;
mod cognito_pool;
mod door;
mod issuer;
mod issuers;
mod jwks;
mod jwt;
mod keys;
mod layer;
mod metadata;
mod mock_cognito;
mod remembered;
mod seal;
mod stores;
mod temp;
mod weaknesses;
