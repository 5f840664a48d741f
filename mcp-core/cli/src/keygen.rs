use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use portcullis::auth::{Clock as _, SealingKeys, SigningKeys, SystemClock};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Name of the new keys; to rotate, put a new key second in every replica, then first
    #[arg(long, value_name = "NAME")]
    kid: Option<String>,
}

/// Prints two `NAME=value` lines and nothing else, so that they can be appended to a file.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Box<dyn Error>> {
    let kid = args
        .kid
        .clone()
        .unwrap_or_else(|| format!("k{}", SystemClock.now().as_secs()));
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "PORTCULLIS_SIGNING_KEYS={}",
        *SigningKeys::generate(&kid)?
    )?;
    writeln!(
        out,
        "PORTCULLIS_SEALING_KEYS={}",
        *SealingKeys::generate(&kid)?
    )?;
    Ok(ExitCode::SUCCESS)
}
