//! The event stream of an HTTP/1.1 connection, on loan to hyper.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{
            AtomicBool, AtomicUsize,
            Ordering::{AcqRel, Acquire, Release},
        },
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use futures_util::future::poll_fn;
use http::{
    HeaderMap, Method, Request, Response, StatusCode, Version,
    header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING},
};
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::patience::Patience;
use crate::session::Locked;

/// How long a stream must say nothing before it is taken back. A tool that reports its progress in quick
/// succession is not worth it.
const PAUSE: Duration = Duration::from_millis(20);

/// What a connection knows of its event stream while hyper sends it, so that it can take it back
/// at a moment at which hyper holds nothing of it.
#[derive(Clone, Default)]
pub(super) struct Loan(Arc<State>);

#[derive(Default)]
struct State {
    /// While there is an event stream.
    stream: Locked<Option<Body>>,
    /// The stream is new, or has said something since the last look.
    said: AtomicBool,
    /// hyper has sent all that it was given.
    sent: AtomicBool,
    /// How many requests have begun.
    begun: AtomicUsize,
    /// The last one that has been read to its end: what follows on the connection is the next one.
    read: AtomicUsize,
}

impl Loan {
    /// Another request begins.
    pub(super) fn begin(&self) -> Reading {
        let request = self.0.begun.fetch_add(1, AcqRel) + 1;
        Reading {
            loan: self.clone(),
            request,
        }
    }

    pub(super) fn note_sent(&self) {
        self.0.sent.store(true, Release);
    }

    /// Lends the body to hyper, if it is an event stream that hyper is going to send in chunks.
    pub(super) fn lend(&self, response: Response<Body>) -> Response<Body> {
        if !is_chunked_event_stream(&response) {
            return response;
        }
        self.0.say();
        response.map(|body| {
            *self.0.stream.lock() = Some(body);
            Body::new(Lent(self.clone()))
        })
    }

    /// Takes the event stream back, when there is one that has said nothing for a while.
    pub(super) async fn taken_back(&self) -> Body {
        let mut lent = false;
        let mut pause = Patience::new(PAUSE);
        poll_fn(|cx| {
            if self.0.said.swap(false, AcqRel) {
                lent = true;
                pause.renew();
            }
            if !lent || !self.is_at_rest() {
                return Poll::Pending;
            }
            ready!(pause.poll_over(cx));
            lent = false;
            match self.0.stream.lock().take() {
                Some(stream) => Poll::Ready(stream),
                // It has ended.
                None => Poll::Pending,
            }
        })
        .await
    }

    /// hyper holds nothing of the request or of its answer.
    pub(super) fn is_at_rest(&self) -> bool {
        self.0.sent.load(Acquire) && self.is_read()
    }

    /// How many requests have begun: their heads are complete.
    pub(super) fn begun(&self) -> usize {
        self.0.begun.load(Acquire)
    }

    /// Every request that has begun has been read to its end.
    pub(super) fn is_read(&self) -> bool {
        self.0.read.load(Acquire) == self.begun()
    }
}

impl State {
    fn say(&self) {
        self.said.store(true, Release);
        self.sent.store(false, Release);
    }
}

/// A request that is being read.
pub(super) struct Reading {
    loan: Loan,
    request: usize,
}

impl Reading {
    pub(super) fn note_end(self) {
        // Whoever reads the body may be late: the next request may have begun, and be read.
        self.loan.0.read.fetch_max(self.request, AcqRel);
    }
}

/// The event stream as hyper has it.
struct Lent(Loan);

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let state = &*self.0.0;
        let Some(mut stream) = state.stream.lock().take() else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(&mut stream).poll_frame(cx);
        if polled.is_ready() {
            state.say();
        }
        if !matches!(polled, Poll::Ready(None)) {
            *state.stream.lock() = Some(stream);
        }
        polled
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

impl Drop for Lent {
    /// A client that goes takes its stream with it.
    fn drop(&mut self) {
        // A statement of its own: what is dropped may take a while, and the lock ends before.
        let stream = self.0.0.stream.lock().take();
        drop(stream);
    }
}

/// Whether hyper keeps the connection after the request, and frames an event stream in chunks.
///
/// Nobody can see whether a request with `Transfer-Encoding` came with a `Content-Length`, too: hyper
/// takes that away, and closes the connection (RFC 9112 §6.1), which must not be given another request.
pub(super) fn may_be_taken_back<B>(request: &Request<B>) -> bool {
    request.version() == Version::HTTP_11
        && request.method() != Method::HEAD
        && !request.headers().contains_key(TRANSFER_ENCODING)
        && !closes(request.headers())
}

fn closes(headers: &HeaderMap) -> bool {
    let options = headers.get_all(CONNECTION).iter();
    let mut options = options.flat_map(|options| options.as_bytes().split(|byte| *byte == b','));
    options.any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
}

fn is_chunked_event_stream(response: &Response<Body>) -> bool {
    let headers = response.headers();
    let media_type = headers.get(CONTENT_TYPE);
    media_type.is_some_and(|media_type| media_type.as_bytes().starts_with(b"text/event-stream"))
        && response.status() == StatusCode::OK
        && response.version() == Version::HTTP_11
        && !headers.contains_key(CONTENT_LENGTH)
        && !headers.contains_key(TRANSFER_ENCODING)
        && !closes(headers)
        && response.body().size_hint().exact().is_none()
}
