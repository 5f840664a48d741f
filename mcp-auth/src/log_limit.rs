use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use crate::clock::{Clock, Timestamp};

/// For how many seconds one line stands for all that fails alike.
const INTERVAL: u64 = 10;

/// Bounds how often a fault is logged. Strangers can cause some as often as they like, and must not fill the
/// log.
pub struct LogLimit<K> {
    lines: Mutex<HashMap<K, Line>>,
    clock: Arc<dyn Clock>,
}

struct Line {
    logged_at: Timestamp,
    unlogged: u64,
}

impl<K: Eq + Hash> LogLimit<K> {
    /// Of `K` there are few values: each is kept in mind.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            lines: Mutex::default(),
            clock,
        }
    }

    /// Whether a fault of this kind is worth a line: the first for 10 seconds. If so, how many there were
    /// since the line before.
    pub fn note(&self, kind: K) -> Option<u64> {
        let now = self.clock.now();
        // An entry is whole at any time.
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(line) = lines.get_mut(&kind) else {
            let first = Line {
                logged_at: now,
                unlogged: 0,
            };
            lines.insert(kind, first);
            return Some(0);
        };
        // A clock that has been set back must not make the log fall silent.
        if now.as_secs().abs_diff(line.logged_at.as_secs()) < INTERVAL {
            line.unlogged = line.unlogged.saturating_add(1);
            return None;
        }
        line.logged_at = now;
        Some(std::mem::take(&mut line.unlogged))
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn one_line_stands_for_all_that_fail_alike_within_ten_seconds() {
        let at = Timestamp::from_secs;
        let clock = ManualClock::at(at(1000));
        let limit = LogLimit::new(Arc::new(clock.clone()));
        assert_eq!(limit.note("store"), Some(0));
        clock.set(at(1009));
        for _ in 0..3 {
            assert_eq!(limit.note("store"), None);
        }
        assert_eq!(limit.note("provider"), Some(0));
        clock.set(at(1010));
        assert_eq!(limit.note("store"), Some(3));
        clock.set(at(1011));
        assert_eq!(limit.note("store"), None);
        clock.set(at(1020));
        assert_eq!(limit.note("store"), Some(1));
        clock.set(at(500));
        assert_eq!(limit.note("store"), Some(0), "the clock was set back");
    }
}
