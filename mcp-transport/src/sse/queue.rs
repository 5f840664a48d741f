//! The events that wait for a session's reader.
//!
//! A `tokio::sync::mpsc` channel would do the same, but allocates its first block of slots at once;
//! thousands of idle sessions would hold memory for messages that never come.

use std::{
    collections::VecDeque,
    pin::pin,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use tokio::{
    sync::Notify,
    time::{Duration, timeout},
};

use crate::session::Locked;

/// How much may wait, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) events: usize,
    pub(super) bytes: usize,
    pub(super) slow_reader: Duration,
}

/// The reader has gone, or has been given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Closed;

#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Locked<State>,
    room: Notify,
}

#[derive(Debug, Default)]
struct State {
    events: VecDeque<Bytes>,
    bytes: usize,
    reader: Option<Waker>,
    closed: bool,
}

enum Refused {
    Closed,
    Full(Bytes),
}

impl Queue {
    /// Queues an event. Behind a full queue it waits as long as the reader makes progress; a reader
    /// that takes nothing for `slow_reader` loses the queue and all that is in it.
    pub(super) async fn push(&self, event: Bytes, bounds: &Bounds) -> Result<(), Closed> {
        let mut event = event;
        loop {
            // Registered before the look at the queue, so that no wake-up falls in between.
            let mut room = pin!(self.room.notified());
            room.as_mut().enable();
            event = match self.try_push(event, bounds) {
                Ok(()) => return Ok(()),
                Err(Refused::Closed) => return Err(Closed),
                Err(Refused::Full(event)) => event,
            };
            if timeout(bounds.slow_reader, room).await.is_err() {
                tracing::debug!("a reader is too slow: its session ends");
                #[cfg(feature = "metrics")]
                metrics::counter!("portcullis_slow_readers_total", "transport" => "sse")
                    .increment(1);
                self.discard();
                return Err(Closed);
            }
        }
    }

    fn try_push(&self, event: Bytes, bounds: &Bounds) -> Result<(), Refused> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(Refused::Closed);
        }
        let fits = state.bytes.saturating_add(event.len()) <= bounds.bytes;
        // A single event may be as large as a tool makes it, or it could never be delivered.
        if state.events.len() >= bounds.events.max(1) || !(fits || state.events.is_empty()) {
            return Err(Refused::Full(event));
        }
        state.bytes += event.len();
        state.events.push_back(event);
        wake(state.reader.take());
        Ok(())
    }

    /// The next event; the end once the queue is closed and empty.
    pub(super) fn poll_event(&self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut state = self.state.lock();
        let Some(event) = state.events.pop_front() else {
            if state.closed {
                return Poll::Ready(None);
            }
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        state.bytes -= event.len();
        if state.events.is_empty() {
            // An idle session keeps no buffer of a busy hour.
            state.events = VecDeque::new();
        }
        drop(state);
        self.room.notify_waiters();
        Poll::Ready(Some(event))
    }

    /// Takes no more events; what waits is still delivered.
    pub(super) fn finish(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        wake(state.reader.take());
        drop(state);
        self.room.notify_waiters();
    }

    /// Takes no more events, and drops what waits.
    pub(super) fn discard(&self) {
        let mut state = self.state.lock();
        state.events = VecDeque::new();
        state.bytes = 0;
        drop(state);
        self.finish();
    }
}

fn wake(reader: Option<Waker>) {
    if let Some(reader) = reader {
        reader.wake();
    }
}
