//! The commands as a user runs them.
#![allow(clippy::unwrap_used, reason = "tests say what they know to be true")]

mod doctor;
mod keygen;
mod real;
mod site;

use std::process::Output;

/// Runs `portcullis ARGS…` to its end.
async fn run_portcullis(args: &[&str]) -> Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.args(args);
    tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap()
}
