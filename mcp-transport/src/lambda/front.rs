//! What stands between the client and the function, and what it can take.

use std::time::Duration;

/// What AWS allows as a function's timeout.
pub(super) const LONGEST_INVOCATION: Duration = Duration::from_secs(15 * 60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Front {
    /// An Application Load Balancer; `multi_value` is an attribute of its target group.
    LoadBalancer {
        multi_value: bool,
    },
    HttpApi,
    FunctionUrl,
}

impl Front {
    /// Bytes of the JSON that the function returns.
    ///
    /// Elastic Load Balancing says 1 MB without saying which; Lambda's 6 MB are binary ones.
    pub(super) fn max_answer(self) -> usize {
        match self {
            Self::LoadBalancer { .. } => 1_000_000,
            Self::HttpApi | Self::FunctionUrl => 6 * 1024 * 1024,
        }
    }

    /// How long an answer may take, if the invocation has `time_left`.
    pub(super) fn patience(self, time_left: Duration) -> Duration {
        /// For the way back to Lambda.
        const MARGIN: Duration = Duration::from_millis(250);
        /// An HTTP API gives up after 30 seconds.
        const HTTP_API: Duration = Duration::from_secs(29);

        let own = time_left.saturating_sub(MARGIN).min(LONGEST_INVOCATION);
        match self {
            Self::HttpApi => own.min(HTTP_API),
            Self::LoadBalancer { .. } | Self::FunctionUrl => own,
        }
    }
}
