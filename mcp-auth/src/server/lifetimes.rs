#![doc = include_str!("lifetimes.md")]

use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

pub(crate) const CODE: Duration = Duration::from_secs(60);
pub(crate) const PENDING: Duration = Duration::from_secs(10 * MINUTE);
pub(crate) const ACCESS_TOKEN: Duration = Duration::from_secs(10 * MINUTE);
pub(crate) const REFRESH_IDLE: Duration = Duration::from_secs(30 * DAY);
pub(crate) const GRANT: Duration = Duration::from_secs(90 * DAY);
pub(crate) const GRACE: Duration = Duration::from_secs(30);
pub(crate) const UPSTREAM_LEASE: Duration = Duration::from_secs(15);
/// The most that one upstream refresh may take, endpoints and keys included: it must end before its lease.
pub(crate) const UPSTREAM_REFRESH: Duration = Duration::from_secs(10);
pub(crate) const CLIENT_UNUSED: Duration = Duration::from_secs(24 * HOUR);
pub(crate) const CLIENT_USED: Duration = Duration::from_secs(90 * DAY);
pub(crate) const CONSENT: Duration = Duration::from_secs(90 * DAY);
pub(crate) const PUBLIC_DOCUMENT: Duration = Duration::from_secs(5 * MINUTE);

/// What `Retry-After` says when the upstream provider or the store cannot be reached.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(5);
