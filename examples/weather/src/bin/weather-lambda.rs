//! The weather tools as an AWS Lambda function.
use std::process::ExitCode;

fn main() -> ExitCode {
    weather::program::main::<weather::run::WeatherLambda>()
}
