//! A stream of the session as the body of a response.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::body::Body;
use bytes::Bytes;
use http::Response;
use http_body::Frame;
use pin_project_lite::pin_project;
use rmcp::model::ProtocolVersion;
use tokio::time::{Duration, Sleep, sleep};

use super::{log::ReaderId, session::Session};
use crate::{
    exchange::event::{self, KEEP_ALIVE},
    time::from_now,
};

/// Reads a stream from its beginning, or on from an event. `None` if nothing is known of it.
pub(super) fn read(
    session: Arc<Session>,
    stream: u64,
    after: Option<u64>,
    pause: Duration,
) -> Option<Response<Body>> {
    let reader = session.log.attach(stream, after)?;
    let attached = Attached {
        session,
        stream,
        reader,
    };
    Some(event::stream(Body::new(Events {
        priming: attached.priming(),
        attached,
        pause,
        tick: sleep(pause),
    })))
}

/// A connection that reads.
struct Attached {
    session: Arc<Session>,
    stream: u64,
    reader: ReaderId,
}

impl Attached {
    /// Older clients take an event without data for a broken message.
    fn priming(&self) -> Option<Bytes> {
        let version = self.session.version()?;
        if version.as_str() < ProtocolVersion::V_2025_11_25.as_str() {
            return None;
        }
        let position = self.session.log.position(self.stream)?;
        Some(event::priming(&position, self.session.limits.retry))
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.session.log.detach(self.stream, self.reader);
        // The time without anybody begins now.
        self.session.touch();
    }
}

pin_project! {
    struct Events {
        priming: Option<Bytes>,
        attached: Attached,
        pause: Duration,
        #[pin]
        tick: Sleep,
    }
}

impl http_body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let mut this = self.project();
        let Attached {
            session,
            stream,
            reader,
        } = &*this.attached;
        let next = if session.outlived() {
            None
        } else if let Some(priming) = this.priming.take() {
            Some(priming)
        } else {
            match session.log.poll_event(*stream, *reader, cx) {
                Poll::Ready(next) => next,
                Poll::Pending => {
                    ready!(this.tick.as_mut().poll(cx));
                    Some(KEEP_ALIVE)
                }
            }
        };
        this.tick.reset(from_now(*this.pause));
        Poll::Ready(next.map(|event| Ok(Frame::data(event))))
    }
}
