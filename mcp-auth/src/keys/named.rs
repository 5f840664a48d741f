//! The text form that both kinds of keys share.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::error::ConfigError;

/// Keys under this prefix were made by a demo, lie in a developer's home and protect nothing.
const DEMO_PREFIX: &str = "demo-";

/// Whether keys of a demo are good enough for the caller.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum DemoKids {
    Refused,
    Allowed,
}

pub(super) struct NamedKey {
    pub(super) kid: String,
    pub(super) bytes: Zeroizing<Vec<u8>>,
}

/// Reads `setting`, or the file that `setting_FILE` names.
pub(super) fn lookup_text(
    setting: &'static str,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Zeroizing<String>, ConfigError> {
    // A template leaves an empty variable of a value that nobody filled in.
    let lookup = |name: &str| lookup(name).filter(|text| !text.is_empty());
    let file_setting = format!("{setting}_FILE");
    match (lookup(setting), lookup(&file_setting)) {
        (Some(_), Some(_)) => Err(ConfigError::new(
            setting,
            format!("is set and so is {file_setting}; keep one of the two"),
        )),
        (Some(text), None) => Ok(Zeroizing::new(text)),
        (None, Some(path)) => std::fs::read_to_string(&path)
            .map(Zeroizing::new)
            .map_err(|error| {
                ConfigError::new(file_setting, format!("cannot read {path}: {error}"))
            }),
        (None, None) => Err(ConfigError::new(
            setting,
            format!(
                "is not set; `portcullis keygen` prints keys to put in it (or in a file that {file_setting} names)"
            ),
        )),
    }
}

pub(super) fn parse_keys(
    setting: &'static str,
    text: &str,
    demo: DemoKids,
) -> Result<Vec<NamedKey>, ConfigError> {
    let mut keys: Vec<NamedKey> = Vec::new();
    for entry in text.trim().split(',') {
        let key = parse_key(entry.trim()).map_err(|problem| ConfigError::new(setting, problem))?;
        if demo == DemoKids::Refused && key.kid.starts_with(DEMO_PREFIX) {
            return Err(ConfigError::new(
                setting,
                format!(
                    "key {} was made for a demo; make real ones with `portcullis keygen`",
                    key.kid
                ),
            ));
        }
        if keys.iter().any(|other| other.kid == key.kid) {
            return Err(ConfigError::new(
                setting,
                format!("key id {} occurs twice; every key needs its own", key.kid),
            ));
        }
        keys.push(key);
    }
    Ok(keys)
}

/// Parses `kid:base64url`. A problem never quotes the key.
fn parse_key(entry: &str) -> Result<NamedKey, &'static str> {
    let (kid, encoded) = entry
        .split_once(':')
        .ok_or("must be written kid:base64url, several of them separated by commas")?;
    check_kid(kid)?;
    let bytes = URL_SAFE_NO_PAD
        .decode(encoded.trim_end_matches('='))
        .map_err(|_| "has a key that is not base64url")?;
    Ok(NamedKey {
        kid: kid.to_owned(),
        bytes: Zeroizing::new(bytes),
    })
}

fn check_kid(kid: &str) -> Result<(), &'static str> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    if kid.is_empty() || kid.len() > 32 || !kid.bytes().all(allowed) {
        return Err("has a key id that is not 1 to 32 of A-Z a-z 0-9 - _ .");
    }
    Ok(())
}

pub(super) fn key_text(
    setting: &'static str,
    kid: &str,
    bytes: &[u8],
) -> Result<Zeroizing<String>, ConfigError> {
    check_kid(kid).map_err(|problem| ConfigError::new(setting, problem))?;
    Ok(Zeroizing::new(format!(
        "{kid}:{}",
        URL_SAFE_NO_PAD.encode(bytes)
    )))
}
