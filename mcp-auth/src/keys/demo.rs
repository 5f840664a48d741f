use std::{fs, io::Write as _, path::Path};

use zeroize::Zeroizing;

use super::{SealingKeys, SigningKeys};
use crate::{
    entropy::{OsEntropy, random},
    error::ConfigError,
};

const SETTING: &str = "demo keys";

/// The keys of a demo: read from `path`, or made there on first run (mode 0600).
///
/// Their ids start with `demo-`, so [`SigningKeys::parse`] and [`SealingKeys::parse`], which
/// everything but a demo uses, refuse them.
///
/// # Errors
/// The file cannot be read or made, or does not hold what this function wrote.
pub fn demo_keys(path: impl AsRef<Path>) -> Result<(SigningKeys, SealingKeys), ConfigError> {
    let path = path.as_ref();
    if !path.exists() {
        make(path)?;
    }
    let text = fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| problem(path, format!("cannot be read: {error}")))?;
    let mut lines = text.lines();
    let (Some(signing), Some(sealing)) = (lines.next(), lines.next()) else {
        return Err(problem(path, "has not two lines; delete it".to_owned()));
    };
    Ok((
        SigningKeys::parse_demo(signing)?,
        SealingKeys::parse_demo(sealing)?,
    ))
}

fn make(path: &Path) -> Result<(), ConfigError> {
    let id = random::<4>(&OsEntropy).map_err(|error| problem(path, error.to_string()))?;
    let kid = format!("demo-{:08x}", u32::from_be_bytes(id));
    let text = Zeroizing::new(format!(
        "{}\n{}\n",
        *SigningKeys::generate(&kid)?,
        *SealingKeys::generate(&kid)?
    ));
    write_private(path, text.as_bytes())
        .map_err(|error| problem(path, format!("cannot be written: {error}")))
}

/// Writes a new file that only its owner can read, and never a file that is there.
fn write_private(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

fn problem(path: &Path, text: String) -> ConfigError {
    ConfigError::new(SETTING, format!("{} {text}", path.display()))
}
