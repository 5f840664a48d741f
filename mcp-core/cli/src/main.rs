//! `portcullis`: what an operator needs beside the servers.
//!
//! - `portcullis doctor URL` asks a server everything that an MCP client asks before it signs in,
//!   and says what to change.
//! - `portcullis keygen` makes the keys of the authorization server.

mod doctor;
mod keygen;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "portcullis", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Find out why a client cannot sign in to an MCP server
    Doctor(doctor::Args),
    /// Make the keys of an authorization server, as lines for its environment
    Keygen(keygen::Args),
}

/// Exit codes: 0 fine, 1 the doctor found a failure, 2 wrong usage or no result.
#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Doctor(args) => doctor::run(&args).await,
        Command::Keygen(args) => keygen::run(&args),
    };
    outcome.unwrap_or_else(|error| {
        // Nobody is left to tell if stderr is closed too.
        let _ = writeln!(io::stderr(), "portcullis: {error}");
        ExitCode::from(2)
    })
}
