//! Behaviour at the seams that an author and a client see.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test fails the test"
)]

mod app;
mod authorization;
mod browser_clients;
mod client;
mod counts;
mod custom_methods;
mod dev;
mod lambda;
mod limits;
mod lists;
mod logs;
mod macros;
mod metrics;
mod mixed_revisions;
mod param_headers;
mod peers;
mod replicas;
mod say;
mod schemas;
mod scopes;
mod sessions;
mod slashes;
mod sse;
mod stdio;
mod stock;
mod support;
mod tasks;
mod tools;
mod ui;
