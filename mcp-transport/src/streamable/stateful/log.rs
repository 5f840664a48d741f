//! What a session has to tell its client: one list of events per stream, kept beyond their sending.
//!
//! Events that have been sent, or that nobody can read any more, share one budget of bytes; the
//! oldest of them go first. Events that wait for a reader are bounded per stream.

mod stream;

use std::{
    collections::{HashMap, VecDeque},
    pin::pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use tokio::{
    sync::Notify,
    time::{Duration, Instant, timeout},
};

use crate::session::Locked;
pub(super) use stream::ReaderId;
use stream::{Next, Progress, Stream};

/// The stream that a client opens by `GET`, for what belongs to no call.
pub(super) const STANDING: u64 = 0;

/// How much may wait, for how long, and how much is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) events: usize,
    pub(super) bytes: usize,
    pub(super) slow_reader: Duration,
    pub(super) replay_bytes: usize,
}

/// The event has nobody to go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unread;

#[derive(Debug)]
pub(super) struct Log {
    bounds: Bounds,
    state: Locked<State>,
    room: Notify,
}

#[derive(Debug, Default)]
struct State {
    streams: HashMap<u64, Stream>,
    opened: u64,
    /// For each event that is kept, the stream whose oldest event it is by then; oldest first.
    kept: VecDeque<u64>,
    kept_bytes: usize,
    closed: bool,
}

impl Log {
    pub(super) fn new(bounds: Bounds) -> Self {
        let mut state = State::default();
        // Its one "answer" is the end of the session.
        state.streams.insert(STANDING, Stream::new(1));
        Self {
            bounds,
            state: Locked::new(state),
            room: Notify::new(),
        }
    }

    /// Opens a stream that ends after so many answers.
    pub(super) fn open(&self, answers: usize) -> u64 {
        let mut state = self.state.lock();
        state.opened += 1;
        let number = state.opened;
        state.streams.insert(number, Stream::new(answers));
        number
    }

    /// Says something on a stream. Behind a full one it waits as long as its reader makes progress.
    pub(super) async fn say(&self, stream: u64, message: &[u8]) -> Result<(), Unread> {
        let mut progress = self.progress(stream);
        let mut since = Instant::now();
        loop {
            // Registered before the look at the stream, so that no wake-up falls in between.
            let mut room = pin!(self.room.notified());
            room.as_mut().enable();
            if self.try_say(stream, message)? {
                return Ok(());
            }
            // All streams share one bell, but the reader of another is no excuse for this one's.
            let now = self.progress(stream);
            if now != progress {
                progress = now;
                since = Instant::now();
            }
            let left = self.bounds.slow_reader.saturating_sub(since.elapsed());
            if timeout(left, room).await.is_err() {
                tracing::debug!("a stream's reader is too slow: what it does not hear is dropped");
                #[cfg(feature = "metrics")]
                metrics::counter!("portcullis_slow_readers_total", "transport" => "streamable_http")
                    .increment(1);
                self.give_up(stream);
                return Err(Unread);
            }
        }
    }

    /// `false` if there is no room at the moment.
    pub(super) fn try_say(&self, number: u64, message: &[u8]) -> Result<bool, Unread> {
        let mut state = self.state.lock();
        let stream = state.streams.get_mut(&number).ok_or(Unread)?;
        if stream.is_finished() || stream.given_up {
            return Err(Unread);
        }
        if stream.has_room(message.len(), &self.bounds) {
            stream.append(number, message);
            return Ok(true);
        }
        // Many clients never open this stream: nobody waits for them.
        if number == STANDING && !stream.has_reader() {
            return Err(Unread);
        }
        Ok(false)
    }

    /// Tells an answer, whoever reads, and ends the stream after the last one. `None`: the call has
    /// been cancelled, and has no answer.
    pub(super) fn answer(&self, number: u64, message: Option<&[u8]>) {
        let mut state = self.state.lock();
        let Some(stream) = state.streams.get_mut(&number) else {
            return;
        };
        if let Some(message) = message {
            stream.append(number, message);
        }
        stream.answered();
        if stream.is_finished() {
            state.settle(number, self.bounds.replay_bytes);
            drop(state);
            self.room.notify_waiters();
        }
    }

    /// Reads a stream from its beginning, or on from an event. `None` if nothing is known of it.
    pub(super) fn attach(&self, stream: u64, after: Option<u64>) -> Option<ReaderId> {
        let mut state = self.state.lock();
        if state.closed {
            return None;
        }
        let reader = state.streams.get_mut(&stream)?.attach(after)?;
        drop(state);
        self.room.notify_waiters();
        Some(reader)
    }

    /// The reader has gone.
    pub(super) fn detach(&self, number: u64, reader: ReaderId) {
        let mut state = self.state.lock();
        if let Some(stream) = state.streams.get_mut(&number) {
            stream.detach(reader);
            state.settle(number, self.bounds.replay_bytes);
        }
    }

    /// The id of the event before the next one.
    pub(super) fn position(&self, number: u64) -> Option<String> {
        let state = self.state.lock();
        let stream = state.streams.get(&number)?;
        Some(event_id(number, stream.position()))
    }

    pub(super) fn poll_event(
        &self,
        number: u64,
        reader: ReaderId,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Bytes>> {
        let mut state = self.state.lock();
        if state.closed {
            return Poll::Ready(None);
        }
        let Some(stream) = state.streams.get_mut(&number) else {
            return Poll::Ready(None);
        };
        match stream.next(reader, cx) {
            Next::Pending => Poll::Pending,
            Next::End => Poll::Ready(None),
            Next::Again(event) => Poll::Ready(Some(event)),
            Next::First(event) => {
                state.keep(number, event.len());
                state.trim(self.bounds.replay_bytes);
                drop(state);
                self.room.notify_waiters();
                Poll::Ready(Some(event))
            }
        }
    }

    pub(super) fn has_reader(&self) -> bool {
        self.state.lock().streams.values().any(Stream::has_reader)
    }

    /// Ends everything.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        let streams = std::mem::take(&mut state.streams);
        state.kept = VecDeque::new();
        drop(state);
        drop(streams);
        self.room.notify_waiters();
    }

    fn progress(&self, number: u64) -> Option<Progress> {
        let state = self.state.lock();
        state.streams.get(&number).map(Stream::progress)
    }

    fn give_up(&self, number: u64) {
        if let Some(stream) = self.state.lock().streams.get_mut(&number) {
            stream.given_up = true;
        }
    }
}

impl State {
    /// An ended stream that nobody reads waits for nobody: its events are only kept.
    fn settle(&mut self, number: u64, budget: usize) {
        let Some(stream) = self.streams.get_mut(&number) else {
            return;
        };
        if !stream.is_finished() || stream.has_reader() {
            return;
        }
        for length in stream.leave() {
            self.keep(number, length);
        }
        self.trim(budget);
        self.forget_if_empty(number);
    }

    fn keep(&mut self, number: u64, length: usize) {
        self.kept.push_back(number);
        self.kept_bytes += cost(length);
    }

    fn trim(&mut self, budget: usize) {
        while self.kept_bytes > budget && self.kept.len() > 1 {
            let Some(number) = self.kept.pop_front() else {
                return;
            };
            if let Some(oldest) = self.streams.get_mut(&number).and_then(Stream::drop_oldest) {
                self.kept_bytes -= cost(oldest);
            }
            self.forget_if_empty(number);
        }
    }

    fn forget_if_empty(&mut self, number: u64) {
        if self.streams.get(&number).is_some_and(Stream::is_over) {
            self.streams.remove(&number);
        }
    }
}

/// What keeping an event costs besides its bytes is counted too, or empty ones would be free.
fn cost(length: usize) -> usize {
    const ENTRY: usize = 64;
    length + ENTRY
}

/// Unique in a session: the stream, and the event's place in it.
fn event_id(stream: u64, sequence: u64) -> String {
    format!("{stream}-{sequence}")
}

/// The stream and the place that an id stands for.
pub(super) fn parse_event_id(id: &[u8]) -> Option<(u64, u64)> {
    let (stream, sequence) = std::str::from_utf8(id).ok()?.split_once('-')?;
    Some((stream.parse().ok()?, sequence.parse().ok()?))
}
