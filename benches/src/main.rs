//! What this SDK costs, beside a bare server that does the same and beside stock rmcp. See
//! `benches/README.md`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool"
)]

mod client;
mod machine;
mod measure;
mod report;
mod request;
mod server;
mod table;
mod tools;
mod workload;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use workload::Problem;

#[derive(Parser)]
#[command(about = "What an MCP server costs, as a multiple of a bare one")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures workloads and prints the table.
    Run(measure::Args),
    /// Counts the instructions of a request under callgrind, and prints a table.
    Instructions(measure::instructions::Args),
    /// Serves one contender of a workload on a free port; `run` starts these.
    Serve(server::Args),
}

fn main() -> ExitCode {
    let Err(problem) = run(Args::parse().command) else {
        return ExitCode::SUCCESS;
    };
    eprintln!("{problem}");
    ExitCode::FAILURE
}

fn run(command: Command) -> Result<(), Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match command {
        Command::Run(args) => runtime.block_on(measure::run(args)),
        Command::Instructions(args) => runtime.block_on(measure::instructions::run(&args)),
        Command::Serve(args) => server::serve(&runtime, &args),
    }
}
