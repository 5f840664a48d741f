//! A mock user pool, the authorization server and the weather server in one process.
use std::process::ExitCode;

use weather::{demo, program};

fn main() -> ExitCode {
    let settings: demo::DemoSettings = match program::parse(std::env::args_os().collect()) {
        Ok(settings) => settings,
        Err(error) => return program::usage(&error),
    };
    program::log_to_stderr();
    program::finish(program::block_on(demo::serve(settings)), ExitCode::from(2))
}
