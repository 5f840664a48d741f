use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{closed::closed, loan::Loan, patience::Patience};

/// A connection as hyper sees it: what was read ahead of it comes first, and when it has sent all
/// that it holds, that is noted.
pub(super) struct Wire<T> {
    stream: T,
    ahead: Bytes,
    loan: Loan,
    /// HTTP/1.1 only: HTTP/2 has no such moment.
    head: Option<Head>,
}

/// The head of a request, which must come in time once it has begun. hyper's own timeout includes the
/// time before, for which a connection may be left unused.
struct Head {
    patience: Patience,
    /// How many requests were before the one that has begun.
    begun: Option<usize>,
}

impl<T> Wire<T> {
    pub(super) fn new(stream: T, ahead: Bytes, loan: Loan) -> Self {
        Self {
            stream,
            ahead,
            loan,
            head: None,
        }
    }

    /// Bounds how long a head may take, from its first bytes on.
    pub(super) fn head_timeout(mut self, timeout: Duration) -> Self {
        self.head = Some(Head {
            patience: Patience::new(timeout),
            begun: None,
        });
        self
    }

    /// The connection, and what hyper has not read of what was read ahead of it.
    pub(super) fn into_parts(self) -> (T, Bytes) {
        (self.stream, self.ahead)
    }
}

impl Head {
    fn bound(
        &mut self,
        read: Poll<io::Result<()>>,
        loan: &Loan,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if self.begun.is_some_and(|begun| begun != loan.begun()) {
            // It was complete.
            self.begun = None;
            self.patience.renew();
        }
        if read.is_ready() {
            // What follows a request that has been read to its end is the next one.
            if self.begun.is_none() && loan.is_read() {
                self.begun = Some(loan.begun());
            }
            return read;
        }
        if self.begun.is_none() {
            return Poll::Pending;
        }
        ready!(self.patience.poll_over(cx));
        closed("silent");
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Wire<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let polled = if this.ahead.is_empty() {
            Pin::new(&mut this.stream).poll_read(cx, buffer)
        } else {
            let fits = this.ahead.len().min(buffer.remaining());
            buffer.put_slice(&this.ahead[..fits]);
            this.ahead.advance(fits);
            Poll::Ready(Ok(()))
        };
        match &mut this.head {
            Some(head) => head.bound(polled, &this.loan, cx),
            None => polled,
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Wire<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        // hyper flushes a connection when it has written everything to it.
        self.loan.note_sent();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
