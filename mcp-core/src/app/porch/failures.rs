//! How often failed responses are logged.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::http::StatusCode;

/// How long one line stands for all that fail alike.
const INTERVAL: Duration = Duration::from_secs(10);

/// Failed responses by their status. Strangers can cause some, with tokens whose keys cannot be had for
/// example, and must not fill the log: whatever fails says itself why.
#[derive(Default)]
pub(super) struct Failures(Mutex<HashMap<StatusCode, Since>>);

struct Since {
    logged_at: Instant,
    unlogged: u64,
}

impl Failures {
    /// Whether this one is worth a line: the first of its status for 10 seconds. If so, how many there
    /// were since the line before.
    pub(super) fn note(&self, status: StatusCode, now: Instant) -> Option<u64> {
        // An entry is whole at any time.
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(since) = all.get_mut(&status) else {
            let first = Since {
                logged_at: now,
                unlogged: 0,
            };
            all.insert(status, first);
            return Some(0);
        };
        if now.saturating_duration_since(since.logged_at) < INTERVAL {
            since.unlogged = since.unlogged.saturating_add(1);
            return None;
        }
        since.logged_at = now;
        Some(std::mem::take(&mut since.unlogged))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_stands_for_all_that_fail_alike_within_ten_seconds() {
        let failures = Failures::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let unavailable = StatusCode::SERVICE_UNAVAILABLE;
        assert_eq!(failures.note(unavailable, at(0)), Some(0));
        for _ in 0..3 {
            assert_eq!(failures.note(unavailable, at(9)), None);
        }
        let other = StatusCode::INTERNAL_SERVER_ERROR;
        assert_eq!(failures.note(other, at(9)), Some(0));
        assert_eq!(failures.note(unavailable, at(10)), Some(3));
        assert_eq!(failures.note(unavailable, at(11)), None);
        assert_eq!(failures.note(unavailable, at(20)), Some(1));
    }
}
