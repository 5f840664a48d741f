//! The weather tools over Streamable HTTP.
use std::process::ExitCode;

fn main() -> ExitCode {
    weather::program::main::<weather::run::WeatherHttp>()
}
