//! What a request costs: CPU per `tools/call` of this SDK beside a bare axum handler and beside
//! stock rmcp, in one interleaved run. See `benches/README.md`.
#![allow(clippy::print_stdout, reason = "a command line tool")]

mod load;
mod measure;
mod report;
mod request;
mod server;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "CPU per request, as a multiple of a bare axum handler")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts every server, loads them in turn and prints the table.
    Run(measure::Plan),
    /// Serves one variant on a free port; `run` starts these.
    Serve {
        /// Which one.
        variant: server::Variant,
    },
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match Args::parse().command {
        Command::Run(plan) => report::print(&runtime.block_on(measure::run(&plan))?),
        Command::Serve { variant } => runtime.block_on(server::serve(variant))?,
    }
    Ok(())
}
