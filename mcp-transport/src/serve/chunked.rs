use std::{
    fmt::Write,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::future::poll_fn;
use http_body::Body as HttpBody;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

/// What one write takes, about, of a stream that has a lot to say.
const WRITE: usize = 64 * 1024;

/// A connection, and what has been read from it that nobody has looked at.
pub(super) struct Open<T> {
    pub(super) stream: T,
    pub(super) ahead: Bytes,
}

impl<T> Open<T>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    /// Sends the rest of a response in chunks (RFC 9112 §7.1), until its end.
    ///
    /// # Errors
    ///
    /// The stream has broken off, or the client has gone.
    pub(super) async fn send(&mut self, mut events: Body) -> io::Result<()> {
        loop {
            let (chunks, ended) = poll_fn(|cx| self.poll_chunks(&mut events, cx)).await?;
            self.stream.write_all(&chunks).await?;
            self.stream.flush().await?;
            if ended {
                return Ok(());
            }
        }
    }

    /// All that the stream has to say now, and whether that is all of it.
    fn poll_chunks(
        &mut self,
        events: &mut Body,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(BytesMut, bool)>> {
        let mut chunks = BytesMut::new();
        while chunks.len() < WRITE {
            match Pin::new(&mut *events).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    // Trailers were not announced.
                    if let Ok(data) = frame.into_data() {
                        push_chunk(&mut chunks, &data);
                    }
                }
                // Without the last chunk the client knows that it has not got everything.
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(io::Error::other(error))),
                Poll::Ready(None) => {
                    chunks.extend_from_slice(b"0\r\n\r\n");
                    return Poll::Ready(Ok((chunks, true)));
                }
                Poll::Pending => break,
            }
        }
        if chunks.is_empty() {
            return self.poll_gone(cx).map(Err);
        }
        Poll::Ready(Ok((chunks, false)))
    }

    /// Ready when the client has gone. Should it send something meanwhile, that is the next request:
    /// its beginning is kept, and the rest waits where it is.
    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        if !self.ahead.is_empty() {
            return Poll::Pending;
        }
        let mut bytes = [0; 64];
        let mut bytes = ReadBuf::new(&mut bytes);
        match Pin::new(&mut self.stream).poll_read(cx, &mut bytes) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(error),
            Poll::Ready(Ok(())) if bytes.filled().is_empty() => {
                Poll::Ready(io::ErrorKind::UnexpectedEof.into())
            }
            Poll::Ready(Ok(())) => {
                self.ahead = Bytes::copy_from_slice(bytes.filled());
                Poll::Pending
            }
        }
    }
}

/// An empty chunk would be the last one.
fn push_chunk(chunks: &mut BytesMut, data: &[u8]) {
    if data.is_empty() {
        return;
    }
    chunks.reserve(data.len() + 20);
    // Nothing fails: the buffer grows.
    let _ = write!(chunks, "{:x}\r\n", data.len());
    chunks.extend_from_slice(data);
    chunks.extend_from_slice(b"\r\n");
}
