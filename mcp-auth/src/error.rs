//! What can be wrong with a configuration.

use crate::names::InvalidName;

/// A setting that is missing or wrong. The message names it and says what to write.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{setting}: {problem}")]
pub struct ConfigError {
    setting: String,
    problem: String,
}

impl ConfigError {
    /// `setting` as the user writes it (a method, a variable), `problem` as a sentence with the way out.
    pub fn new(setting: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            setting: setting.into(),
            problem: problem.into(),
        }
    }

    /// The setting that is at fault, as the user writes it.
    pub fn setting(&self) -> &str {
        &self.setting
    }
}

impl From<InvalidName> for ConfigError {
    fn from(error: InvalidName) -> Self {
        Self::new("configuration", error.to_string())
    }
}
