//! A mock user pool, the authorization server and the weather server in one process.
use std::process::ExitCode;

use clap::Parser as _;
use weather::{demo, program};

fn main() -> ExitCode {
    let settings = demo::DemoSettings::parse();
    program::log_to_stderr();
    program::finish(program::block_on(demo::serve(settings)), ExitCode::from(2))
}
