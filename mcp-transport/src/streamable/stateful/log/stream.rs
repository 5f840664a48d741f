//! One stream of a session: its events, and who reads them.

use std::{
    collections::VecDeque,
    task::{Context, Waker},
};

use bytes::Bytes;

use super::{Bounds, event_id};
use crate::exchange::event;

/// Connections that may read one stream at the same time; a client whose connection broke opens a
/// new one before the old is known to be dead.
const READERS: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct ReaderId(u64);

#[derive(Debug)]
struct Reader {
    id: ReaderId,
    waker: Option<Waker>,
}

/// Sequence numbers begin with 1, so that 0 is the place before the first event.
#[derive(Debug)]
pub(super) struct Stream {
    events: VecDeque<Bytes>,
    /// The number of the oldest event that is still there.
    first: u64,
    /// The next to hand out.
    next: u64,
    /// The first that has never been handed out.
    unread: u64,
    unread_bytes: usize,
    /// Answers to come.
    outstanding: usize,
    /// The newest reads, the others wait in case that it goes.
    readers: VecDeque<Reader>,
    attached: u64,
    /// Nobody has read for long; nothing is said until somebody does.
    pub(super) given_up: bool,
}

/// What changes when a reader comes, or takes something that nobody had taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Progress {
    attached: u64,
    unread: u64,
}

pub(super) enum Next {
    /// An event that is handed out for the first time.
    First(Bytes),
    Again(Bytes),
    Pending,
    End,
}

impl Stream {
    pub(super) fn new(answers: usize) -> Self {
        Self {
            events: VecDeque::new(),
            first: 1,
            next: 1,
            unread: 1,
            unread_bytes: 0,
            outstanding: answers,
            readers: VecDeque::new(),
            attached: 0,
            given_up: false,
        }
    }

    /// A single event may be as large as a tool makes it, or it could never be delivered.
    pub(super) fn has_room(&self, length: usize, bounds: &Bounds) -> bool {
        let waiting = self.end() - self.unread;
        let fits = self.unread_bytes.saturating_add(length) <= bounds.bytes;
        waiting == 0 || (fits && waiting < bounds.events as u64)
    }

    pub(super) fn append(&mut self, number: u64, message: &[u8]) {
        let id = event_id(number, self.end());
        let event = event::identified(&id, message);
        self.unread_bytes += event.len();
        self.events.push_back(event);
        self.wake();
    }

    pub(super) fn answered(&mut self) {
        self.outstanding = self.outstanding.saturating_sub(1);
        self.wake();
    }

    /// Nothing more will be said.
    pub(super) fn is_finished(&self) -> bool {
        self.outstanding == 0
    }

    /// Nothing more will be said, and nothing is left to read.
    pub(super) fn is_over(&self) -> bool {
        self.is_finished() && self.events.is_empty() && self.readers.is_empty()
    }

    pub(super) fn has_reader(&self) -> bool {
        !self.readers.is_empty()
    }

    pub(super) fn progress(&self) -> Progress {
        Progress {
            attached: self.attached,
            unread: self.unread,
        }
    }

    /// The number of the event before the next one.
    pub(super) fn position(&self) -> u64 {
        self.next - 1
    }

    pub(super) fn attach(&mut self, after: Option<u64>) -> Option<ReaderId> {
        if let Some(after) = after {
            // An event that has not been handed out is known to nobody.
            if after >= self.unread {
                return None;
            }
            // What is no longer kept is lost; what follows it is not.
            self.next = (after + 1).max(self.first);
        }
        self.given_up = false;
        self.attached += 1;
        let id = ReaderId(self.attached);
        self.readers.push_back(Reader { id, waker: None });
        if self.readers.len() > READERS
            && let Some(waker) = self.readers.pop_front().and_then(|oldest| oldest.waker)
        {
            waker.wake();
        }
        Some(id)
    }

    pub(super) fn detach(&mut self, reader: ReaderId) {
        self.readers.retain(|other| other.id != reader);
        // The one that waited takes over.
        self.wake();
    }

    pub(super) fn next(&mut self, reader: ReaderId, cx: &Context<'_>) -> Next {
        let newest = self.readers.back().map(|newest| newest.id);
        let end = self.end();
        let Some(entry) = self.readers.iter_mut().find(|other| other.id == reader) else {
            return Next::End;
        };
        if newest != Some(reader) || (self.next == end && self.outstanding > 0) {
            entry.waker = Some(cx.waker().clone());
            return Next::Pending;
        }
        let index = usize::try_from(self.next - self.first).unwrap_or(usize::MAX);
        let Some(event) = self.events.get(index).cloned() else {
            return Next::End;
        };
        self.next += 1;
        if self.next <= self.unread {
            return Next::Again(event);
        }
        self.unread = self.next;
        self.unread_bytes -= event.len();
        Next::First(event)
    }

    /// Counts as read what nobody has read, and says how long each event was.
    pub(super) fn leave(&mut self) -> Vec<usize> {
        let read = usize::try_from(self.unread - self.first).unwrap_or(usize::MAX);
        let left = self.events.iter().skip(read).map(Bytes::len).collect();
        self.unread = self.end();
        self.unread_bytes = 0;
        left
    }

    /// Drops the oldest event, and says how long it was.
    pub(super) fn drop_oldest(&mut self) -> Option<usize> {
        let oldest = self.events.pop_front()?;
        self.first += 1;
        self.next = self.next.max(self.first);
        Some(oldest.len())
    }

    fn end(&self) -> u64 {
        self.first + self.events.len() as u64
    }

    fn wake(&mut self) {
        let newest = self.readers.back_mut();
        if let Some(waker) = newest.and_then(|newest| newest.waker.take()) {
            waker.wake();
        }
    }
}

impl Drop for Stream {
    /// Readers look again, and find that there is no stream.
    fn drop(&mut self) {
        for reader in &mut self.readers {
            if let Some(waker) = reader.waker.take() {
                waker.wake();
            }
        }
    }
}
