//! Lines in the log that others could write as often as they like.

use tokio::time::{Duration, Instant};

use crate::session::Locked;

const QUIET: Duration = Duration::from_secs(10);

/// Lets one line in 10 seconds stand for all of its kind.
#[derive(Default)]
pub(super) struct Quiet(Locked<Option<Instant>>);

impl Quiet {
    pub(super) fn is_over(&self) -> bool {
        let mut said = self.0.lock();
        let is_over = said.is_none_or(|when| when.elapsed() >= QUIET);
        if is_over {
            *said = Some(Instant::now());
        }
        is_over
    }
}
