//! The weather tools over HTTP+SSE.
use std::process::ExitCode;

fn main() -> ExitCode {
    weather::program::main::<weather::run::WeatherSse>()
}
