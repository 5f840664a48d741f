use std::io;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt};

/// What is spoken on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

impl Protocol {
    /// By the client's first bytes, of which it reads as few as tell; they are returned, too.
    pub(super) async fn recognize<T>(stream: &mut T) -> io::Result<(Self, Bytes)>
    where
        T: AsyncRead + Unpin,
    {
        let mut bytes = [0; PREFACE.len()];
        let mut read = 0;
        while read < bytes.len() {
            let more = stream.read(&mut bytes[read..]).await?;
            read += more;
            if more == 0 || !PREFACE.starts_with(&bytes[..read]) {
                return Ok((Self::Http1, Bytes::copy_from_slice(&bytes[..read])));
            }
        }
        Ok((Self::Http2, Bytes::from_static(PREFACE)))
    }
}
