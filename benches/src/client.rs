//! A client over one keep-alive connection, as cheap as it can be: requests are ready-made, and
//! answers are searched, not parsed.

use std::io;

use memchr::memmem;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The end of an event, and of the chunk that it is in.
const EVENT_END: &[u8] = b"\n\n\r\n";

pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::new(),
        })
    }

    /// Sends a request and reads its whole answer, head included.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> io::Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.read_until(is_complete).await
    }

    /// Sends a request and reads the head of its answer, and the event that it begins with, if any.
    pub(crate) async fn open(&mut self, request: &[u8], first: Option<&str>) -> io::Result<&[u8]> {
        self.stream.write_all(request).await?;
        let begun = |answer: &[u8]| {
            head_length(answer).is_some() && first.is_none_or(|first| holds_event(answer, first))
        };
        let answer = self.read_until(|answer| is_refusal(answer) || begun(answer));
        let answer = answer.await?;
        if is_refusal(answer) {
            return Err(unexpected(answer));
        }
        Ok(answer)
    }

    /// Reads an event: what came of it, chunk sizes included.
    pub(crate) async fn event(&mut self) -> io::Result<&[u8]> {
        self.read_until(|event| event.ends_with(EVENT_END)).await
    }

    /// Forgets what was read before. One answer is under way at a time, so nothing is behind it.
    async fn read_until(&mut self, there: impl Fn(&[u8]) -> bool) -> io::Result<&[u8]> {
        self.buffer.clear();
        while !there(&self.buffer) {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(unexpected(&self.buffer));
            }
        }
        Ok(&self.buffer)
    }
}

/// The error of an answer that is not the right one.
pub(crate) fn unexpected(answer: &[u8]) -> io::Error {
    let text = String::from_utf8_lossy(answer);
    io::Error::other(format!("unexpected answer: {text:?}"))
}

fn is_refusal(answer: &[u8]) -> bool {
    const OK: &[u8] = b"HTTP/1.1 200 ";
    answer.len() >= OK.len() && !answer.starts_with(OK)
}

fn holds_event(answer: &[u8], text: &str) -> bool {
    answer.ends_with(EVENT_END) && memmem::find(answer, text.as_bytes()).is_some()
}

fn is_complete(answer: &[u8]) -> bool {
    let Some(head) = head_length(answer) else {
        return false;
    };
    match header(&answer[..head], b"\r\ncontent-length: ") {
        Some(length) => length
            .parse()
            .is_ok_and(|body: usize| answer.len() >= head + body),
        None => answer.ends_with(b"\r\n0\r\n\r\n"),
    }
}

fn head_length(answer: &[u8]) -> Option<usize> {
    Some(memmem::find(answer, b"\r\n\r\n")? + 4)
}

/// The value of a header. hyper writes their names in lower case.
pub(crate) fn header<'a>(head: &'a [u8], name: &[u8]) -> Option<&'a str> {
    let value = &head[memmem::find(head, name)? + name.len()..];
    let end = memchr::memchr(b'\r', value)?;
    std::str::from_utf8(&value[..end]).ok()
}
