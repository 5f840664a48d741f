use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::BoxError;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::{loan::Reading, patience::Patience};

/// The body of a request whose client must go on sending.
///
/// A route that reads its body to the end would otherwise wait for ever for a client that stops, before
/// it knows who that is.
pub(super) struct Arriving {
    body: Incoming,
    patience: Patience,
    /// Told of the end. HTTP/2 lends nothing.
    reading: Option<Reading>,
}

impl Arriving {
    pub(super) fn new(body: Incoming, timeout: Duration, reading: Option<Reading>) -> Self {
        let mut arriving = Self {
            body,
            patience: Patience::new(timeout),
            reading,
        };
        if arriving.is_end_stream() {
            arriving.note_end();
        }
        arriving
    }

    fn note_end(&mut self) {
        if let Some(reading) = self.reading.take() {
            reading.note_end();
        }
    }
}

impl Body for Arriving {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        let over = match &polled {
            Poll::Ready(Some(Ok(_))) => self.body.is_end_stream(),
            Poll::Ready(None) => true,
            _ => false,
        };
        if over {
            self.note_end();
        }
        self.patience
            .bound(polled, cx, "body stopped")
            .map(|frame| match frame {
                Ok(frame) => frame.map(|frame| frame.map_err(BoxError::from)),
                Err(error) => Some(Err(error.into())),
            })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
