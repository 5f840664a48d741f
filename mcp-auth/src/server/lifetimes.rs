//! How long things live: the one table.
//!
//! | what | lives | why |
//! |---|---|---|
//! | authorization code | 60 s | redeemed at once by a program (RFC 6749 §4.1.2 allows 10 min) |
//! | consent form, pending authorization | 10 min | a person signs in meanwhile |
//! | access token | 10 min | the longest that a separate resource server honours a revoked grant |
//! | refresh token, unused | 30 d | someone who comes back monthly stays signed in |
//! | grant, whatever happens | 90 d | then the user signs in and consents again |
//! | grace of a rotated refresh token | 30 s | a response was lost, or two requests raced |
//! | lease of an upstream refresh | 15 s | longer than the upstream's timeout |
//! | registered client, never used | 24 h | anybody may register |
//! | registered client, used | 90 d, sliding | as long as its grants |
//! | remembered consent, browser cookie | 90 d | as long as a grant |
//! | metadata and keys in caches | 5 min | a new key is published long before it signs |

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
pub(crate) const CLIENT_UNUSED: Duration = Duration::from_secs(24 * HOUR);
pub(crate) const CLIENT_USED: Duration = Duration::from_secs(90 * DAY);
pub(crate) const CONSENT: Duration = Duration::from_secs(90 * DAY);
pub(crate) const PUBLIC_DOCUMENT: Duration = Duration::from_secs(5 * MINUTE);

/// What `Retry-After` says when the upstream provider or the store cannot be reached.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(5);
