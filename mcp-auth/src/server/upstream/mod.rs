//! The identity provider behind the authorization server: people sign in there.

mod client;
mod config;
mod endpoints;
mod error;
mod identity;
mod token_response;

pub(crate) use client::{SignIn, UpstreamClient};
pub use config::Upstream;
pub(crate) use error::UpstreamError;
pub(crate) use identity::Session;
