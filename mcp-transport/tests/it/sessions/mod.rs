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

pub(crate) use client::{Client, call, initialize, initialized, ping, roots, text};
