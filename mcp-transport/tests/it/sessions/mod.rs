//! Streamable HTTP with sessions.

mod client;
mod lifecycle;
mod limits;
mod messages;
mod owners;
mod questions;
mod resumption;
mod standing;
