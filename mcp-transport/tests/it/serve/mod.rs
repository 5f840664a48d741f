//! The accept loop, over loopback.
//!
//! Where the clock is paused, tokio advances it when nothing else can happen, so a timeout is
//! reached at once and no test waits.

mod drain;
mod heads;
mod tls;
mod windows;

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    routing::{get, post},
};
use http::Request;
use http_body_util::BodyExt;
use hyper_util::rt::{TokioExecutor, TokioIo};
use portcullis_transport::{Guard, ServeError, Server, Shutdown, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::{Instant, timeout},
};

use crate::fixture::*;

async fn bind() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

type Served = JoinHandle<Result<(), ServeError>>;

async fn start(
    app: Router,
    server: impl FnOnce(Server) -> Server,
) -> (SocketAddr, Shutdown, Served) {
    let (listener, address) = bind().await;
    let shutdown = Shutdown::manual();
    let server = server(Server::new(listener)).serve(app, shutdown.clone());
    (address, shutdown, tokio::spawn(server))
}

async fn connect(address: SocketAddr, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    stream
}

async fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text).await;
    text
}

fn raw_call(tool: &str, connection: &str) -> String {
    raw_post(&format!("connection: {connection}\r\n"), &legacy_call(tool))
}

fn raw_post(headers: &str, body: &str) -> String {
    format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{headers}\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test(start_paused = true)]
async fn t29_a_silent_client_is_disconnected() {
    for bytes in [
        "",
        "PRI * HT",
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\nx: ",
    ] {
        let (address, _shutdown, _served) = start(app(&Fixture::default()), |server| {
            server.header_timeout(Duration::from_secs(7))
        })
        .await;
        let before = Instant::now();
        let stream = connect(address, bytes).await;
        rest(stream).await;
        assert!(before.elapsed() >= Duration::from_secs(7), "{bytes}");
    }
}

#[tokio::test(start_paused = true)]
async fn t29_an_unused_http1_connection_is_closed() {
    let (address, _shutdown, _served) = start(app(&Fixture::default()), |server| server).await;
    let stream = connect(address, &raw_call("echo", "keep-alive")).await;
    let answer = timeout(Duration::from_secs(3600), rest(stream)).await;
    assert!(answer.expect("still open").contains("result"));
}

#[tokio::test(start_paused = true)]
async fn a_call_may_take_longer_than_a_connection_may_be_unused() {
    let fixture = Fixture::default();
    let (address, _shutdown, _served) = start(app(&fixture), |server| server).await;
    let running = connect(address, &raw_call("wait", "keep-alive")).await;
    fixture.started.notified().await;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    fixture.go.notify_one();
    let answer = rest(running).await;
    assert!(answer.contains("waited"));
    assert!(!answer.contains("connection: close"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn t29_a_client_that_reads_nothing_is_disconnected() {
    const MORE_THAN_SOCKETS_HOLD: usize = 64 << 20;
    let app = Router::new()
        .route("/large", get(async || vec![0; MORE_THAN_SOCKETS_HOLD]))
        .route("/small", get(async || "small"));
    let (address, _shutdown, _served) = start(app, |server| server.max_connections(1)).await;
    let ask = |path| format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    let _deaf = connect(address, &ask("/large")).await;
    let next = connect(address, &ask("/small")).await;
    let answer = timeout(Duration::from_secs(3600), rest(next)).await;
    assert!(answer.expect("still waiting").ends_with("small"));
}

/// On a route that reads its whole body and has no time limit of its own.
#[tokio::test(start_paused = true)]
async fn t29_a_client_that_stops_within_a_body_is_disconnected() {
    let app = Router::new().route("/", post(async |body: String| body));
    let (address, _shutdown, _served) = start(app, |server| server).await;
    let head = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nhalf";
    let stream = connect(address, head).await;
    let answer = timeout(Duration::from_secs(3600), rest(stream)).await;
    assert!(answer.expect("still waiting").starts_with("HTTP/1.1 400"));
}

#[tokio::test]
async fn t29_connections_beyond_the_cap_wait() {
    let fixture = Fixture::default();
    let (address, _shutdown, _served) =
        start(app(&fixture), |server| server.max_connections(1)).await;
    let first = connect(address, &raw_call("wait", "close")).await;
    fixture.started.notified().await;
    let second = connect(address, &raw_call("echo", "close")).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.called(), 1);

    fixture.go.notify_one();
    assert!(rest(first).await.contains("waited"));
    assert!(rest(second).await.contains("result"));
    assert_eq!(fixture.called(), 2);
}

#[tokio::test]
async fn every_listener_is_served_and_closed() {
    let (first, first_address) = bind().await;
    let (second, second_address) = bind().await;
    let shutdown = Shutdown::manual();
    let fixture = Fixture::default();
    let served = tokio::spawn(serve([first, second], app(&fixture), shutdown.clone()));
    for address in [first_address, second_address] {
        let stream = connect(address, &raw_call("echo", "close")).await;
        assert!(rest(stream).await.contains("result"));
    }
    shutdown.trigger();
    served.await.unwrap().unwrap();
    assert!(TcpStream::connect(first_address).await.is_err());
    assert!(TcpStream::connect(second_address).await.is_err());
}

/// The slot is for whoever comes, not for a listener to which nobody does.
#[tokio::test(start_paused = true)]
async fn fewer_connections_than_listeners_starve_none() {
    let (first, first_address) = bind().await;
    let (second, second_address) = bind().await;
    let server = Server::new([first, second]).max_connections(1);
    let _served = tokio::spawn(server.serve(app(&Fixture::default()), Shutdown::manual()));
    for address in [second_address, first_address, second_address] {
        let stream = connect(address, &raw_call("echo", "close")).await;
        let answer = timeout(Duration::from_secs(3600), rest(stream)).await;
        assert!(answer.expect("still waiting").contains("result"));
    }
}

#[tokio::test]
async fn t29_an_address_has_its_share_of_connections() {
    let fixture = Fixture::default();
    let (address, _shutdown, _served) = start(app(&fixture), |server| {
        server.max_connections_per_address(1)
    })
    .await;
    let first = connect(address, &raw_call("wait", "close")).await;
    fixture.started.notified().await;
    let second = connect(address, &raw_call("echo", "close")).await;
    assert_eq!(rest(second).await, "");
    assert_eq!(fixture.called(), 1);

    fixture.go.notify_one();
    assert!(rest(first).await.contains("waited"));
    // The client may see its end a moment before its place is free.
    while rest(connect(address, &raw_call("echo", "close")).await)
        .await
        .is_empty()
    {}
    assert_eq!(fixture.called(), 2);
}

/// What one writes for "never".
#[tokio::test]
async fn the_longest_time_is_no_panic() {
    let fixture = Fixture::default();
    let app = app_limited(&fixture, |limits| {
        limits.body_timeout = Duration::MAX;
        limits.keep_alive = Duration::MAX;
        limits.max_subscription = Duration::MAX;
    });
    let (address, shutdown, served) = start(app, |server| {
        server.header_timeout(Duration::MAX).grace(Duration::MAX)
    })
    .await;
    for tool in ["echo", "count"] {
        let stream = connect(address, &raw_call(tool, "close")).await;
        assert!(rest(stream).await.contains("result"), "{tool}");
    }
    shutdown.trigger();
    served.await.unwrap().unwrap();
}

#[tokio::test]
async fn requests_know_their_peer() {
    async fn peer(ConnectInfo(peer): ConnectInfo<SocketAddr>) -> String {
        peer.to_string()
    }
    let app = Router::new().route("/", get(peer));
    let (address, _shutdown, _served) = start(app, |server| server).await;
    let head = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let stream = connect(address, head).await;
    let own = stream.local_addr().unwrap().to_string();
    assert!(rest(stream).await.ends_with(&own));
}

#[tokio::test]
async fn t26_http2_is_served_and_its_authority_checked() {
    let (listener, address) = bind().await;
    let url = format!("http://localhost:{}", address.port());
    let guard = Guard::new(&url.parse().unwrap()).build().unwrap();
    let app = app(&Fixture::default()).layer(guard);
    let _served = tokio::spawn(serve(listener, app, Shutdown::manual()));

    let io = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut client, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io)
        .await
        .unwrap();
    tokio::spawn(connection);
    for (origin, status) in [(url.as_str(), 200), ("http://evil.example", 403)] {
        let mut request = request(V2025_06_18, legacy_call("echo"));
        *request.uri_mut() = format!("{origin}/mcp").parse().unwrap();
        let request: Request<Body> = request;
        let response = client.send_request(request).await.unwrap();
        assert_eq!(response.status(), status);
        response.into_body().collect().await.unwrap();
    }
}

/// The streams of tools over a real connection: a client that hangs up cancels a modern call.
#[tokio::test]
async fn mcp_t10_hanging_up_cancels() {
    let fixture = Fixture::default();
    let (address, _shutdown, _served) = start(app(&fixture), |server| server).await;
    let body = modern_call("wait");
    let head = format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         mcp-protocol-version: 2026-07-28\r\nmcp-method: tools/call\r\nmcp-name: wait\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let stream = connect(address, &head).await;
    fixture.started.notified().await;
    drop(stream);
    fixture.cancelled.notified().await;
}

#[tokio::test]
async fn a_server_without_room_for_a_connection_is_refused() {
    for server in [
        |server: Server| server.max_connections(0),
        |server: Server| server.max_connections_per_address(0),
    ] {
        let (_, _, served) = start(Router::new(), server).await;
        assert!(matches!(served.await.unwrap(), Err(ServeError::NoRoom)));
    }
}
