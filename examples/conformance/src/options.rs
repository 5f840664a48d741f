//! The command line.

use std::net::SocketAddr;

use clap::{Parser, ValueEnum};

/// The server that the MCP conformance suite expects to find.
#[derive(Debug, Parser)]
pub(crate) struct Options {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Answer only requests with a bearer token, which `--ready json` prints
    #[arg(long)]
    pub(crate) auth: bool,
    /// Keep sessions, so that clients older than 2026-07-28 can be asked something
    #[arg(long)]
    pub(crate) sessions: bool,
    /// Say on the first line of standard output how to reach the server, once it can be reached
    #[arg(long)]
    pub(crate) ready: Option<Ready>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Ready {
    /// `{mcp, bearer}` with `--auth`, else `{mcp, sse}`
    Json,
}
