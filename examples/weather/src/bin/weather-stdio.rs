//! The weather tools on stdin and stdout.
use std::process::ExitCode;

fn main() -> ExitCode {
    weather::program::main::<weather::run::WeatherStdio>()
}
