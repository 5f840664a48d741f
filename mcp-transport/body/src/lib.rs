#![doc = include_str!("../README.md")]

use std::{error::Error, pin::pin, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header::CONTENT_ENCODING};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use thiserror::Error;
use tokio::time::timeout;

/// Why there is no whole body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReadError {
    /// It has more bytes than are read, or says so.
    #[error("the body is larger than this server accepts")]
    TooLarge,
    /// The deadline is over.
    #[error("the body took too long to arrive")]
    TooSlow,
    /// The client has gone, or does not keep to HTTP.
    #[error("the body could not be read to its end")]
    Broken,
}

/// Reads a body of at most `max_bytes` within `deadline`, which is for all of it: a client that sends
/// a byte now and then cannot extend it.
///
/// Pieces are joined as they come, since pieces of one byte that are kept apart cost many times the
/// bound. A body of one piece is not copied.
///
/// # Errors
///
/// [`ReadError`]. A body that announces too much is not read at all.
pub async fn read<B>(body: B, max_bytes: usize, deadline: Duration) -> Result<Bytes, ReadError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |announced| announced > max_bytes) {
        return Err(ReadError::TooLarge);
    }
    match timeout(deadline, join(Limited::new(body, max_bytes))).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(ReadError::TooLarge),
        Ok(Err(_)) => Err(ReadError::Broken),
        Err(_) => Err(ReadError::TooSlow),
    }
}

/// Whether a body is compressed: its `Content-Encoding` (RFC 9110 §8.4) is anything but `identity`. What
/// [`read`] bounds says nothing of how large such a body becomes, so a server answers it with 415 and
/// `Accept-Encoding: identity` (RFC 9110 §15.5.16).
pub fn is_encoded(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

async fn join<B>(body: Limited<B>) -> Result<Bytes, Box<dyn Error + Send + Sync>>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let mut body = pin!(body);
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame?.into_data() else {
            continue;
        };
        if first.is_empty() {
            first = piece;
            continue;
        }
        if joined.is_empty() {
            joined.extend_from_slice(&first);
        }
        joined.extend_from_slice(&piece);
    }
    if joined.is_empty() {
        return Ok(first);
    }
    Ok(joined.freeze())
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, time::Duration};

    use bytes::Bytes;
    use futures_util::{StreamExt, stream};
    use http_body::Frame;
    use http_body_util::{Full, StreamBody};

    use super::{ReadError, read};

    const SECOND: Duration = Duration::from_secs(1);

    /// This letter so often, one a second.
    fn dripping(letters: usize) -> impl http_body::Body<Data = Bytes, Error = Infallible> {
        let letters = stream::repeat(()).take(letters).then(async |()| {
            tokio::time::sleep(SECOND).await;
            Ok(Frame::data(Bytes::from_static(b"a")))
        });
        StreamBody::new(letters)
    }

    #[tokio::test(start_paused = true)]
    async fn pieces_are_joined() {
        let read = read(dripping(5), 5, 6 * SECOND).await;
        assert_eq!(read.as_deref(), Ok(&b"aaaaa"[..]));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_too_much_or_too_slow_is_not_read() {
        assert_eq!(
            read(dripping(5), 4, 6 * SECOND).await,
            Err(ReadError::TooLarge)
        );
        assert_eq!(
            read(dripping(5), 5, 4 * SECOND).await,
            Err(ReadError::TooSlow)
        );
    }

    #[tokio::test]
    async fn one_piece_is_not_copied() {
        let body = Bytes::from_static(b"one piece");
        let whole = read(Full::new(body.clone()), 9, SECOND).await.unwrap();
        assert_eq!(whole.as_ptr(), body.as_ptr());
        let more = read(Full::new(body), 8, SECOND).await;
        assert_eq!(more, Err(ReadError::TooLarge));
    }
}
