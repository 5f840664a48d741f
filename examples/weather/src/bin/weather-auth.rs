//! The authorization server in front of a Cognito user pool.
use std::process::ExitCode;

fn main() -> ExitCode {
    weather::program::main::<weather::run::WeatherAuth>()
}
