use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::BoxError;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use super::{loan::Loan, patience::Patience};

/// The body of a request whose client must go on sending.
///
/// A route that reads its body to the end would otherwise wait for ever for a client that stops, before
/// it knows who that is.
pub(super) struct Arriving {
    body: Incoming,
    patience: Patience,
    /// Told of the end. HTTP/2 has nothing to lend.
    loan: Option<Loan>,
}

impl Arriving {
    pub(super) fn new(body: Incoming, timeout: Duration, loan: Option<Loan>) -> Self {
        Self {
            body,
            patience: Patience::new(timeout),
            loan,
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
        if over && let Some(loan) = self.loan.take() {
            loan.note_read();
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
