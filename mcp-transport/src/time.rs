//! Durations that somebody else chose, added to an instant.

use tokio::time::{Duration, Instant};

/// Longer than a server runs. `Duration::MAX`, by which one says "never", cannot be added to an
/// instant.
pub(crate) const NEVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

pub(crate) fn from_now(pause: Duration) -> Instant {
    Instant::now() + pause.min(NEVER)
}
