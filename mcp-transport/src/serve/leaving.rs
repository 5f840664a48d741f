use std::{
    cell::Cell,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::Body;
use bytes::Bytes;
use http::Response;
use http_body::{Body as HttpBody, Frame, SizeHint};

/// What a client must take of an HTTP/2 response within the timeout. hyper asks for the next piece
/// when there has been room for some of the one before, so that two may be under way. Nobody watches
/// the rest of the last one: hyper leaves it to the connection, and is done with the stream.
const PIECE: usize = 64 * 1024;

/// Whose turn it is while a response is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// The body has nothing to say yet.
    Server,
    /// The body has said something, and the client is to take it.
    Client,
}

tokio::task_local! {
    /// What a body that was polled left behind.
    static TURN: Cell<Option<Turn>>;
}

/// Polls a stream, and tells whose turn it is if the body of its response has been polled, too.
pub(super) fn observe<T>(poll: impl FnOnce() -> T) -> (T, Option<Turn>) {
    TURN.sync_scope(Cell::new(None), || (poll(), TURN.with(Cell::get)))
}

/// The body of an HTTP/2 response, which lets the stream that polls it know whose turn it is.
pub(super) struct Leaving {
    body: Body,
    /// Of what the body said last.
    rest: Bytes,
}

impl Leaving {
    pub(super) fn in_pieces(response: Response<Body>) -> Response<Self> {
        response.map(|body| Self {
            body,
            rest: Bytes::new(),
        })
    }

    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            let polled = Pin::new(&mut self.body).poll_frame(cx);
            let Poll::Ready(Some(Ok(frame))) = polled else {
                return polled;
            };
            match frame.into_data() {
                Ok(data) => self.rest = data,
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        }
        let piece = self.rest.split_to(self.rest.len().min(PIECE));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}

impl HttpBody for Leaving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = self.poll_next(cx);
        let turn = match polled {
            Poll::Pending => Turn::Server,
            Poll::Ready(_) => Turn::Client,
        };
        // Without the task of a stream there is nobody to observe it.
        let _ = TURN.try_with(|observed| observed.set(Some(turn)));
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        let body = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower().saturating_add(rest));
        if let Some(upper) = body.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}
