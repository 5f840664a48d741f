use std::{env, str::FromStr};

use serde::Serialize;

use super::RunError;

/// How a function URL invokes the function. It must be what the URL is configured with: nothing in
/// an event tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InvokeMode {
    /// `BUFFERED`, the default of Lambda and of this crate.
    #[default]
    Buffered,
    /// `RESPONSE_STREAM`: answers to a function URL are streamed. Those to a load balancer or an
    /// HTTP API are buffered all the same, since these take nothing else.
    ResponseStream,
}

impl InvokeMode {
    const VARIABLE: &str = "LAMBDA_INVOKE_MODE";

    /// What the environment variable `LAMBDA_INVOKE_MODE` says: `BUFFERED` (also if it is unset or empty) or
    /// `RESPONSE_STREAM`, the values of a function URL's `InvokeMode`.
    ///
    /// # Errors
    ///
    /// [`RunError::InvokeMode`] for any other value.
    pub fn from_env() -> Result<Self, RunError> {
        match env::var_os(Self::VARIABLE) {
            Some(value) if !value.is_empty() => value.to_str().unwrap_or_default().parse(),
            _ => Ok(Self::default()),
        }
    }
}

impl FromStr for InvokeMode {
    type Err = RunError;

    fn from_str(text: &str) -> Result<Self, RunError> {
        match text {
            "BUFFERED" => Ok(Self::Buffered),
            "RESPONSE_STREAM" => Ok(Self::ResponseStream),
            _ => Err(RunError::InvokeMode),
        }
    }
}
