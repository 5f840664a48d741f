use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Sleep, sleep};

use super::closed::closed;

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

    /// Passes on what is ready, or an error after the timeout without, for which there is this reason.
    pub(super) fn bound<T>(
        &mut self,
        polled: Poll<T>,
        cx: &mut Context<'_>,
        reason: &'static str,
    ) -> Poll<io::Result<T>> {
        if let Poll::Ready(value) = polled {
            self.renew();
            return Poll::Ready(Ok(value));
        }
        ready!(self.poll_over(cx));
        closed(reason);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Something has happened.
    pub(super) fn renew(&mut self) {
        self.deadline = None;
    }

    /// Ready after the timeout, which starts when this is asked for the first time since.
    pub(super) fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let timeout = self.timeout;
        self.deadline
            .get_or_insert_with(|| Box::pin(sleep(timeout)))
            .as_mut()
            .poll(cx)
    }
}
