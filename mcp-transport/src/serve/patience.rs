use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Sleep, sleep};

/// How long something may stay pending. What is always ready costs no timer.
pub(super) struct Patience {
    timeout: Duration,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    pub(super) fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            deadline: None,
        }
    }

    /// Passes on what is ready, or an error after the timeout without.
    pub(super) fn bound<T>(
        &mut self,
        polled: Poll<T>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if let Poll::Ready(value) = polled {
            self.deadline = None;
            return Poll::Ready(Ok(value));
        }
        let timeout = self.timeout;
        let deadline = self
            .deadline
            .get_or_insert_with(|| Box::pin(sleep(timeout)));
        ready!(deadline.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}
