use std::path::PathBuf;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// Where the authorization server keeps its state: `memory`, or `redb:FILE`.
///
/// There is no default: state that is lost at every restart is a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreSetting {
    /// Lost when the process ends; one replica only.
    Memory,
    /// One durable file; one replica only.
    Redb(PathBuf),
}

/// The text names no store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write memory, or redb:FILE")]
#[non_exhaustive]
pub struct StoreSettingError;

impl FromStr for StoreSetting {
    type Err = StoreSettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("redb", file)) if !file.is_empty() => Ok(Self::Redb(file.into())),
            _ => Err(StoreSettingError),
        }
    }
}

impl Serialize for StoreSetting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Memory => serializer.serialize_str("memory"),
            Self::Redb(file) => serializer.collect_str(&format_args!("redb:{}", file.display())),
        }
    }
}
