use std::time::Duration;

use clap::{Args, ValueEnum, value_parser};
use portcullis::auth::{Lifetimes, RefreshTokenReuse};
use serde::Serialize;

const YEAR: u64 = 365 * 24 * 60 * 60;

/// How long what the authorization server gives out lives.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct LifetimeSettings {
    /// Seconds that an access token lives: 60 to 3600
    #[arg(
        long,
        env = "ACCESS_TOKEN_LIFETIME",
        value_parser = value_parser!(u64).range(60..=3600),
        default_value_t = default().access.as_secs(),
        value_name = "SECONDS"
    )]
    pub access_token_lifetime: u64,

    /// Seconds that an authorization code lives: 10 to 600
    #[arg(
        long,
        env = "CODE_LIFETIME",
        value_parser = value_parser!(u64).range(10..=600),
        default_value_t = default().code.as_secs(),
        value_name = "SECONDS"
    )]
    pub code_lifetime: u64,

    /// Seconds that signing in may take: 60 to 1800
    #[arg(
        long,
        env = "SIGN_IN_LIFETIME",
        value_parser = value_parser!(u64).range(60..=1800),
        default_value_t = default().pending.as_secs(),
        value_name = "SECONDS"
    )]
    pub sign_in_lifetime: u64,

    /// Seconds that a superseded refresh token still gets the current tokens: 0 to 3600
    #[arg(
        long,
        env = "REFRESH_TOKEN_GRACE",
        value_parser = value_parser!(u64).range(..=3600),
        default_value_t = default().grace.as_secs(),
        value_name = "SECONDS"
    )]
    pub refresh_token_grace: u64,

    /// What a refresh token that was superseded longer ago does
    #[arg(long, env = "REFRESH_TOKEN_REUSE", default_value = "revoke")]
    pub refresh_token_reuse: ReuseSetting,

    /// Seconds that a refresh token lives unused: 3600 to a year
    #[arg(
        long,
        env = "REFRESH_TOKEN_IDLE_LIFETIME",
        value_parser = value_parser!(u64).range(3600..=YEAR),
        default_value_t = default().refresh_idle.as_secs(),
        value_name = "SECONDS"
    )]
    pub refresh_token_idle_lifetime: u64,

    /// Seconds after which people sign in again in any case: up to a year
    #[arg(
        long,
        env = "REFRESH_TOKEN_LIFETIME",
        value_parser = value_parser!(u64).range(3600..=YEAR),
        default_value_t = default().refresh_absolute.as_secs(),
        value_name = "SECONDS"
    )]
    pub refresh_token_lifetime: u64,

    /// Seconds that the registration of a client lives: up to ten years
    #[arg(
        long,
        env = "CLIENT_LIFETIME",
        value_parser = value_parser!(u64).range(3600..=10 * YEAR),
        default_value_t = default().client.as_secs(),
        value_name = "SECONDS"
    )]
    pub client_lifetime: u64,
}

/// What a refresh token does that was superseded longer ago than the grace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReuseSetting {
    /// It ends the sign-in
    Revoke,
    /// It is refused
    Refuse,
}

impl From<ReuseSetting> for RefreshTokenReuse {
    fn from(setting: ReuseSetting) -> Self {
        match setting {
            ReuseSetting::Revoke => Self::Revoke,
            ReuseSetting::Refuse => Self::Refuse,
        }
    }
}

fn default() -> Lifetimes {
    Lifetimes::default()
}

impl From<&LifetimeSettings> for Lifetimes {
    fn from(settings: &LifetimeSettings) -> Self {
        let mut lifetimes = default();
        lifetimes.access = Duration::from_secs(settings.access_token_lifetime);
        lifetimes.code = Duration::from_secs(settings.code_lifetime);
        lifetimes.pending = Duration::from_secs(settings.sign_in_lifetime);
        lifetimes.grace = Duration::from_secs(settings.refresh_token_grace);
        lifetimes.refresh_idle = Duration::from_secs(settings.refresh_token_idle_lifetime);
        lifetimes.refresh_absolute = Duration::from_secs(settings.refresh_token_lifetime);
        lifetimes.client = Duration::from_secs(settings.client_lifetime);
        lifetimes
    }
}
