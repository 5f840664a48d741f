//! Streamable HTTP with sessions.

mod client;
mod lifecycle;
mod limits;
mod messages;
mod notifications;
mod owners;
mod questions;
mod resumption;
mod standing;

pub(crate) use client::{call, initialize, ping, roots, text};
