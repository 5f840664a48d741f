//! Load over keep-alive connections, as cheap as it can be: the request is ready-made and the answer
//! is searched, not parsed.

use std::{
    io,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::request;

/// How many requests were answered.
pub(crate) async fn run(
    port: u16,
    request: &[u8],
    connections: usize,
    time: Duration,
) -> io::Result<u64> {
    let until = Instant::now() + time;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..connections {
        let request = request.to_vec();
        tasks.spawn(async move { connection(port, &request, until).await });
    }
    let mut answered = 0;
    while let Some(done) = tasks.join_next().await {
        answered += done.map_err(io::Error::other)??;
    }
    Ok(answered)
}

async fn connection(port: u16, request: &[u8], until: Instant) -> io::Result<u64> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(16 * 1024);
    let mut answered = 0;
    while Instant::now() < until {
        stream.write_all(request).await?;
        read_answer(&mut stream, &mut buffer).await?;
        answered += 1;
    }
    Ok(answered)
}

/// Reads one answer; anything but a 200 with the right text ends the run, so that a refusal is never
/// measured as a fast answer.
async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text(buffer)));
        }
        let Some(length) = complete_length(buffer) else {
            continue;
        };
        let right = buffer.starts_with(b"HTTP/1.1 200") && contains(buffer, request::ANSWER);
        return if right && buffer.len() == length {
            Ok(())
        } else {
            Err(io::Error::other(text(buffer)))
        };
    }
}

/// The length of head and body, once both are there.
fn complete_length(buffer: &[u8]) -> Option<usize> {
    let head = buffer.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let name = b"content-length: ";
    let at = buffer[..head]
        .windows(name.len())
        .position(|w| w.eq_ignore_ascii_case(name))?
        + name.len();
    let digits = buffer[at..head]
        .iter()
        .take_while(|b| b.is_ascii_digit())
        .count();
    let body: usize = std::str::from_utf8(&buffer[at..at + digits])
        .ok()?
        .parse()
        .ok()?;
    (buffer.len() >= head + body).then_some(head + body)
}

fn contains(buffer: &[u8], part: &[u8]) -> bool {
    buffer.windows(part.len()).any(|w| w == part)
}

fn text(buffer: &[u8]) -> String {
    format!("unexpected answer: {}", String::from_utf8_lossy(buffer))
}
