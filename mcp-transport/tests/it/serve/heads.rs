//! How long the head of a request may take, and how long it may be.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, sleep},
};

use super::*;

const BEGINNING: &str = "POST /mcp HTTP/1.1\r\nhost: localhost\r\nx: ";

/// Lets a paused clock go in small steps, also while a byte is on its way.
fn tick() {
    tokio::spawn(async {
        loop {
            sleep(Duration::from_millis(10)).await;
        }
    });
}

/// Reads one answer, which says how long it is.
async fn answer(stream: &mut tokio::net::TcpStream) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        head.push(char::from(stream.read_u8().await.unwrap()));
    }
    let (_, length) = head.split_once("content-length: ").unwrap();
    let (length, _) = length.split_once("\r\n").unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    String::from_utf8(body).unwrap()
}

#[tokio::test(start_paused = true)]
async fn t29_a_head_that_has_begun_has_ten_seconds() {
    tick();
    let (address, _shutdown, _served) = start(app(&Fixture::default()), |server| server).await;
    for unused in [0, 60] {
        let mut stream = connect(address, &raw_call("echo", "keep-alive")).await;
        assert!(answer(&mut stream).await.contains("result"));
        stream.set_nodelay(true).unwrap();
        // Not beyond what a connection may be left unused for, either.
        sleep(Duration::from_secs(unused)).await;
        let begun = Instant::now();
        stream.write_all(BEGINNING.as_bytes()).await.unwrap();
        let (mut reader, mut writer) = stream.into_split();
        let dripping = tokio::spawn(async move {
            while writer.write_all(b"a").await.is_ok() {
                sleep(Duration::from_secs(3)).await;
            }
        });
        let mut rest = Vec::new();
        let _ = reader.read_to_end(&mut rest).await;
        dripping.abort();
        let taken = begun.elapsed().as_secs();
        let within = if unused == 0 { 10..12 } else { 4..6 };
        assert!(within.contains(&taken), "{unused}: {taken} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_may_come_in_pieces_and_a_connection_be_left_for_a_minute() {
    tick();
    let (address, _shutdown, _served) = start(app(&Fixture::default()), |server| server).await;
    let mut stream = connect(address, &raw_call("echo", "keep-alive")).await;
    // A paused clock does not wait for the kernel, which joins small pieces otherwise.
    stream.set_nodelay(true).unwrap();
    for _ in 0..3 {
        assert!(answer(&mut stream).await.contains("result"));
        sleep(Duration::from_secs(50)).await;
        let call = raw_call("echo", "keep-alive");
        let (first, second) = call.split_at(30);
        stream.write_all(first.as_bytes()).await.unwrap();
        sleep(Duration::from_secs(8)).await;
        stream.write_all(second.as_bytes()).await.unwrap();
    }
    assert!(answer(&mut stream).await.contains("result"));
}

/// The time of the first one's body and of its call is not that of the next one's head.
#[tokio::test(start_paused = true)]
async fn a_body_and_a_call_may_take_longer_than_a_head() {
    let fixture = Fixture::default();
    tick();
    let (address, _shutdown, _served) = start(app(&fixture), |server| server).await;
    let call = raw_call("wait", "keep-alive");
    let (first, second) = call.split_at(call.len() - 10);
    let mut stream = connect(address, first).await;
    stream.set_nodelay(true).unwrap();
    sleep(Duration::from_secs(20)).await;
    // Half of the next one comes with the rest of it.
    let next = raw_call("echo", "close");
    let (half, rest_of_it) = next.split_at(30);
    stream.write_all(second.as_bytes()).await.unwrap();
    stream.write_all(half.as_bytes()).await.unwrap();
    fixture.started.notified().await;
    sleep(Duration::from_secs(100)).await;
    fixture.go.notify_one();
    assert!(answer(&mut stream).await.contains("waited"));
    stream.write_all(rest_of_it.as_bytes()).await.unwrap();
    assert!(rest(stream).await.contains("result"));
}

#[tokio::test]
async fn t29_a_head_has_64_kib() {
    let (address, _shutdown, _served) = start(app(&Fixture::default()), |server| server).await;
    for (kib, status) in [(48, "200"), (80, "431"), (400, "431")] {
        let long = format!("connection: close\r\nx: {}\r\n", "a".repeat(kib * 1024));
        let request = raw_post(&long, &legacy_call("echo"));
        let mut stream = connect(address, "").await;
        // The server does not read all of it.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = vec![0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        assert_eq!(answer, format!("HTTP/1.1 {status}"), "{kib} KiB");
    }
}
