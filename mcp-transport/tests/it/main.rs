//! The transport as a client sees it: HTTP in, HTTP out.
//!
//! `mcp_tNN_…` proves T-NN of the Streamable HTTP checklist in docs/conformance.md; `tNN_…` proves a
//! case of the threat model.

mod fixture;

mod batches;
mod cancellation;
mod framing;
mod policy;
mod routing;
mod stock;
mod streams;
mod versions;
