//! What a row of the table consists of.

use std::{error::Error, io};

use futures_util::future::BoxFuture;
use memchr::memmem;

use crate::{
    client::{Client, unexpected},
    server::{App, Launch},
};

/// Whatever ends a run.
pub(crate) type Problem = Box<dyn Error + Send + Sync>;

/// One thing that servers do, and who does it.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) kind: Kind,
    /// The first is the floor: what the others are a multiple of.
    pub(crate) contenders: &'static [Contender],
}

/// A server that can do it.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) app: fn(&Launch<'_>) -> Result<App, Problem>,
}

/// What is done, and so what is measured.
pub(crate) enum Kind {
    /// A request and its answer. CPU per request.
    Answer(Ask),
    /// A message that is posted, and answered on an event stream beside. CPU per message.
    Event(Ask),
    /// Streams on which nothing happens. Resident memory per stream.
    Idle(Open),
    /// Something that all streams are told. CPU per stream.
    FanOut {
        open: Open,
        announce: Ask,
        heard: Right,
    },
}

impl Kind {
    /// Of the figure.
    pub(crate) fn unit(&self) -> &'static str {
        match self {
            Self::Answer(_) => "µs/request",
            Self::Event(_) => "µs/message",
            Self::Idle(_) => "KiB/stream",
            Self::FanOut { .. } => "µs/stream",
        }
    }
}

/// A request, and how to know its answer.
#[derive(Clone, Copy)]
pub(crate) struct Ask {
    pub(crate) request: fn(&Target) -> Vec<u8>,
    pub(crate) right: Right,
}

/// Opens an event stream and reads its first event.
pub(crate) type Open = fn(Target) -> BoxFuture<'static, io::Result<Client>>;

/// Where requests go.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) port: u16,
    pub(crate) path: String,
    /// An `Authorization` header with its line end, or nothing.
    pub(crate) authorization: String,
}

impl Target {
    /// The endpoint of every server, without a token.
    pub(crate) fn mcp(port: u16) -> Self {
        Self {
            port,
            path: "/mcp".to_owned(),
            authorization: String::new(),
        }
    }
}

/// Texts that an answer holds, and how often each.
#[derive(Clone, Copy)]
pub(crate) struct Right(pub(crate) &'static [(&'static str, usize)]);

impl Right {
    /// Whether all of it is there.
    pub(crate) fn is(&self, answer: &[u8]) -> bool {
        self.0
            .iter()
            .all(|(text, times)| memmem::find_iter(answer, text).count() == *times)
    }

    /// A refusal must never be measured as a fast answer.
    pub(crate) fn check(&self, answer: &[u8]) -> io::Result<()> {
        if answer.starts_with(b"HTTP/1.1 200 ") && self.is(answer) {
            return Ok(());
        }
        Err(unexpected(answer))
    }
}
