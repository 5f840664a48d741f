//! The transport as a client sees it: HTTP in, HTTP out.
//!
//! `mcp_tNN_…` proves T-NN of the Streamable HTTP checklist in docs/conformance.md; `tNN_…` proves a
//! case of the threat model.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may say what they know to be true; clippy exempts test functions only"
)]

mod fixture;

mod batches;
mod cancellation;
mod custom_methods;
mod decoder;
mod decoding;
mod frames;
mod framing;
mod guard;
mod health;
mod lambda;
mod mixed_revisions;
mod param_headers;
mod policy;
mod refusals;
mod replicas;
mod routing;
mod serve;
mod sessions;
mod sse;
mod stock;
mod streams;
mod subscriptions;
mod versions;
