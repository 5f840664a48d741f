//! HTTP/2's own flow control, seen from a client that plays with it.
//!
//! The clock is moved by hand. Where tokio moves a paused clock by itself, it does so whenever it
//! waits for a socket, and pings would time out that are being answered.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, mpsc},
};

use axum::{Router, body::Body, routing::get};
use bytes::Bytes;
use futures_util::{FutureExt, stream};
use h2::{
    Ping, PingPong, Reason, RecvStream,
    client::{Builder, SendRequest},
};
use http::StatusCode;
use tokio::sync::Notify;

use super::*;

/// Stands still until it is moved: a blocking task keeps tokio from moving it.
struct Clock(#[expect(dead_code, reason = "ends the blocking task")] mpsc::Sender<()>);

impl Clock {
    fn stop() -> Self {
        let (running, ended) = mpsc::channel();
        tokio::time::pause();
        tokio::task::spawn_blocking(move || ended.recv());
        Self(running)
    }
}

/// A client that answers pings, whatever else it does.
struct Client {
    requests: SendRequest<Bytes>,
    pings: PingPong,
}

impl Client {
    async fn connect(address: SocketAddr, window: u32) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let (requests, mut connection) = Builder::new()
            .initial_window_size(window)
            .handshake(stream)
            .await
            .unwrap();
        let pings = connection.ping_pong().unwrap();
        tokio::spawn(connection);
        Self { requests, pings }
    }

    async fn get(&mut self, path: &str) -> (StatusCode, RecvStream) {
        let request = http::Request::get(format!("http://localhost{path}"));
        let request = request.body(()).unwrap();
        let (response, _) = self.requests.send_request(request, true).unwrap();
        let (parts, body) = response.await.unwrap().into_parts();
        (parts.status, body)
    }

    /// Lets time pass, in steps that leave time for pings. `false` when the connection has ended.
    async fn wait(&mut self, seconds: u64) -> bool {
        const STEP: u64 = 5;
        for _ in 0..seconds / STEP {
            tokio::time::advance(Duration::from_secs(STEP)).await;
            // What was under way when the first answer was sent is over when the second one is here.
            for _ in 0..2 {
                if self.pings.ping(Ping::opaque()).await.is_err() {
                    return false;
                }
            }
        }
        true
    }

    /// Whether the server takes new requests.
    async fn is_welcome(&mut self) -> bool {
        let ready = self.requests.clone().ready().await;
        ready.is_ok()
    }
}

/// Tells when it is dropped.
struct Told(Arc<Notify>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

fn endless(dropped: &Arc<Notify>) -> Body {
    let told = Told(dropped.clone());
    Body::from_stream(stream::repeat_with(move || {
        let _ = &told;
        Ok::<_, Infallible>("more")
    }))
}

#[tokio::test]
async fn t29_an_http2_client_that_takes_nothing_loses_the_stream() {
    let _clock = Clock::stop();
    for window in [0, 1] {
        let dropped = Arc::new(Notify::new());
        let told = dropped.clone();
        let app = Router::new()
            .route("/endless", get(async move || endless(&told)))
            .route("/empty", get(async || StatusCode::NO_CONTENT));
        let (address, ..) = start(app, |server| server).await;
        let mut client = Client::connect(address, window).await;
        let (_, mut body) = client.get("/endless").await;
        if window == 1 {
            assert_eq!(body.data().await.unwrap().unwrap(), "m");
        }
        assert!(client.wait(60).await);
        assert_eq!(client.get("/empty").await.0, StatusCode::NO_CONTENT);
        assert!(client.wait(10).await);

        assert!(dropped.notified().now_or_never().is_some(), "still kept");
        let error = body.data().await.unwrap().unwrap_err();
        assert_eq!(error.reason(), Some(Reason::CANCEL));
        assert_eq!(client.get("/empty").await.0, StatusCode::NO_CONTENT);
    }
}

/// The body is gone, and hyper has forgotten the stream: its end is in the connection's own buffers.
#[tokio::test]
async fn t29_an_http2_client_that_leaves_the_end_of_a_response_loses_the_connection() {
    let _clock = Clock::stop();
    let app = Router::new().route("/", get(async || "all but the first byte"));
    let (address, ..) = start(app, |server| server).await;
    let mut client = Client::connect(address, 1).await;
    let (_, mut body) = client.get("/").await;
    assert_eq!(body.data().await.unwrap().unwrap(), "a");
    assert!(client.wait(60).await);
    assert!(client.is_welcome().await);
    assert!(client.wait(10).await);
    assert!(!client.is_welcome().await);
    assert!(!client.wait(70).await, "still open");
}

#[tokio::test]
async fn t29_an_unused_http2_connection_is_closed() {
    let _clock = Clock::stop();
    let (address, ..) = start(app(&Fixture::default()), |server| server).await;
    let mut client = Client::connect(address, 65_535).await;
    assert!(client.wait(60).await);
    assert!(!client.wait(20).await, "still open");
}

/// A response that has nothing to say is no client that takes nothing, nor is a late client.
#[tokio::test]
async fn a_quiet_http2_stream_keeps_its_connection() {
    let _clock = Clock::stop();
    let (say, said) = tokio::sync::mpsc::channel::<&str>(3);
    let said = Arc::new(Mutex::new(Some(said)));
    let words = move || {
        let said = said.lock().unwrap().take().unwrap();
        Body::from_stream(stream::unfold(said, async |mut said| {
            let word = said.recv().await?;
            Some((Ok::<_, Infallible>(word), said))
        }))
    };
    let app = Router::new().route("/", get(async move || words()));
    let (address, ..) = start(app, |server| server).await;
    let mut client = Client::connect(address, 1).await;
    let (_, mut body) = client.get("/").await;
    assert!(client.wait(600).await);
    assert!(client.is_welcome().await);

    for word in ["a", "b", "c"] {
        say.send(word).await.unwrap();
    }
    for word in ["a", "b", "c"] {
        assert!(client.wait(60).await);
        assert_eq!(body.data().await.unwrap().unwrap(), word);
        body.flow_control().release_capacity(1).unwrap();
    }
    assert!(client.wait(600).await);
    drop(say);
    assert_eq!(body.data().await.unwrap().unwrap(), "");
    assert!(body.data().await.is_none());
}

/// A client that is slow but steady gets a response of one piece, however long it takes.
#[tokio::test]
async fn a_slow_http2_client_gets_all_of_its_response() {
    const LENGTH: usize = 1 << 20;
    const BYTES_A_SECOND: usize = 1638;
    let _clock = Clock::stop();
    let app = Router::new().route("/", get(async || vec![b'x'; LENGTH]));
    let (address, ..) = start(app, |server| server).await;
    let mut client = Client::connect(address, 65_535).await;
    let (_, mut body) = client.get("/").await;
    let (mut taken, mut waited) = (0, 0);
    while let Some(data) = body.data().await {
        let data = data.unwrap();
        taken += data.len();
        body.flow_control().release_capacity(data.len()).unwrap();
        // It may end before the client has read the last that it was sent.
        let seconds = (taken / BYTES_A_SECOND) as u64;
        client.wait(seconds - waited).await;
        waited = seconds;
    }
    assert_eq!(taken, LENGTH);
}
