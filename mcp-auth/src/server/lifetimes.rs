//! How long what the authorization server gives out lives.

use std::{ops::RangeInclusive, time::Duration};

use crate::error::ConfigError;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const YEAR: u64 = 365 * DAY;

pub(crate) const UPSTREAM_LEASE: Duration = Duration::from_secs(15);
/// The most that one upstream refresh may take, endpoints and keys included: it must end before its lease.
pub(crate) const UPSTREAM_REFRESH: Duration = Duration::from_secs(10);
pub(crate) const CONSENT: Duration = Duration::from_secs(90 * DAY);
pub(crate) const PUBLIC_DOCUMENT: Duration = Duration::from_secs(5 * MINUTE);

/// What `Retry-After` says when the upstream provider or the store cannot be reached.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(5);

/// How long what an [`AuthorizationServer`](crate::AuthorizationServer) gives out lives, in whole seconds.
///
/// ```
/// use std::time::Duration;
/// use portcullis_auth::Lifetimes;
///
/// let mut lifetimes = Lifetimes::default();
/// lifetimes.access = Duration::from_secs(60 * 60);
/// ```
///
/// [`build`](crate::AuthorizationServerBuilder::build) refuses what lies outside of the bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lifetimes {
    /// An access token: 1 minute to 1 hour. A resource server elsewhere honours a revoked grant for that
    /// long. Default 10 minutes.
    pub access: Duration,
    /// An authorization code: 10 seconds to 10 minutes (RFC 6749 §4.1.2). Default 60 seconds, since a
    /// program redeems it at once.
    pub code: Duration,
    /// A consent form, and the sign-in that it starts: 1 to 30 minutes. Default 10 minutes. Each sign-in
    /// that a stranger begins takes some 5 KiB of the store for so long.
    pub pending: Duration,
    /// How long a superseded refresh token still gets the current tokens: at most 1 hour. A response was
    /// lost, calls raced, or several processes share what one of them stored. Default 2 minutes; with
    /// zero, two refreshes at once end the sign-in.
    pub grace: Duration,
    /// A refresh token that is not used: 1 hour to 1 year. Default 30 days.
    pub refresh_idle: Duration,
    /// A grant, however it is used: from `refresh_idle` to 1 year. Default 90 days; then the user signs
    /// in again.
    pub refresh_absolute: Duration,
    /// A registration: from `refresh_idle` to 10 years, but no longer than the sealing key that was first
    /// when it was made is listed. Default 10 years: clients replay an id for ever, some without a way to
    /// forget it, and nothing is stored for one.
    pub client: Duration,
}

/// What happens when somebody presents a refresh token that was superseded longer ago than
/// [`Lifetimes::grace`]: a program that kept an old copy, or a thief (RFC 9700 §4.14.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshTokenReuse {
    /// The whole grant ends, and with it whatever a thief has.
    #[default]
    Revoke,
    /// The token is refused, and the grant lives on. For programs that come back with copies of any age;
    /// a stolen token that the owner has not used yet is then noticed in the log only.
    Refuse,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            access: Duration::from_secs(10 * MINUTE),
            code: Duration::from_secs(60),
            pending: Duration::from_secs(10 * MINUTE),
            grace: Duration::from_secs(2 * MINUTE),
            refresh_idle: Duration::from_secs(30 * DAY),
            refresh_absolute: Duration::from_secs(90 * DAY),
            client: Duration::from_secs(10 * YEAR),
        }
    }
}

impl Lifetimes {
    /// # Errors
    /// Names the first field that lies outside of its bounds, and says these.
    pub(crate) fn checked(self) -> Result<Self, ConfigError> {
        let idle = self.refresh_idle.as_secs();
        let bounds = [
            ("access", self.access, MINUTE..=HOUR),
            ("code", self.code, 10..=10 * MINUTE),
            ("pending", self.pending, MINUTE..=30 * MINUTE),
            ("grace", self.grace, 0..=HOUR),
            ("refresh_idle", self.refresh_idle, HOUR..=YEAR),
            ("refresh_absolute", self.refresh_absolute, idle..=YEAR),
            // A client that is forgotten cannot use the refresh token that it has.
            ("client", self.client, idle..=10 * YEAR),
        ];
        for (field, value, bounds) in bounds {
            within(field, value, bounds)?;
        }
        Ok(self)
    }
}

fn within(field: &str, value: Duration, bounds: RangeInclusive<u64>) -> Result<(), ConfigError> {
    let is_whole = value.subsec_nanos() == 0;
    if is_whole && bounds.contains(&value.as_secs()) {
        return Ok(());
    }
    let (least, most) = bounds.into_inner();
    Err(ConfigError::new(
        format!("lifetimes.{field}"),
        format!("{value:?} must be whole seconds, from {least} to {most}"),
    ))
}
