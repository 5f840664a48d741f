//! What a server does before it stops.

use futures_util::FutureExt;
use portcullis_transport::{Sessions, StreamableHttp};

use super::*;
use crate::sessions::initialize;

#[tokio::test]
async fn a_drain_answers_what_runs_and_takes_nothing_new() {
    let fixture = Fixture::default();
    let (address, shutdown, served) = start(app(&fixture), |server| server).await;
    let idle = connect(address, "").await;
    let running = connect(address, &raw_call("wait", "keep-alive")).await;
    fixture.started.notified().await;

    shutdown.trigger();
    assert_eq!(rest(idle).await, "");
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!served.is_finished());

    fixture.go.notify_one();
    assert!(rest(running).await.contains("waited"));
    served.await.unwrap().unwrap();
}

/// With a grace period that no test could wait for.
#[tokio::test]
async fn mcp_t29_a_drain_answers_subscriptions() {
    let mcp = portcullis_transport::StreamableHttp::new(portcullis_transport::Stock(Listener));
    let app = Router::new().route_service("/mcp", mcp.into_service());
    let (address, shutdown, served) =
        start(app, |server| server.grace(Duration::from_secs(86_400))).await;
    let body = listen_body();
    let head = format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         mcp-protocol-version: 2026-07-28\r\nmcp-method: subscriptions/listen\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = connect(address, &head).await;
    let mut heard = String::new();
    while !heard.contains("notifications/subscriptions/acknowledged") {
        heard.push(char::from(stream.read_u8().await.unwrap()));
    }

    shutdown.trigger();
    let end = rest(stream).await;
    let result = end.split("data: ").last().unwrap();
    assert!(result.contains(r#""resultType":"complete""#), "{end}");
    assert!(
        result.contains("io.modelcontextprotocol/subscriptionId"),
        "{end}"
    );
    served.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_drain_has_a_deadline() {
    let fixture = Fixture::default();
    let (address, shutdown, served) = start(app(&fixture), |server| server).await;
    let running = connect(address, &raw_call("wait", "keep-alive")).await;
    fixture.started.notified().await;

    let before = Instant::now();
    shutdown.trigger();
    served.await.unwrap().unwrap();
    assert!(before.elapsed() >= Duration::from_secs(10));
    assert_eq!(rest(running).await, "");
}

/// Starts a server for one connection at a time: whoever is answered next shows that the one before
/// is over.
async fn start_narrow(fixture: &Fixture) -> (SocketAddr, Shutdown, Served) {
    let mcp = StreamableHttp::new(fixture.clone()).sessions(Sessions::in_memory());
    let app = Router::new().route_service("/mcp", mcp.into_service());
    start(app, |server| server.max_connections(1)).await
}

async fn echo(address: SocketAddr) {
    let stream = connect(address, &raw_call("echo", "close")).await;
    assert!(rest(stream).await.contains("result"));
}

async fn leave_http1(address: SocketAddr, fixture: &Fixture) {
    let stream = connect(address, &raw_call("wait", "keep-alive")).await;
    fixture.started.notified().await;
    drop(stream);
}

async fn leave_http2(address: SocketAddr, fixture: &Fixture) {
    let io = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut client, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let mut request: Request<Body> = request(V2025_06_18, legacy_call("wait"));
    *request.uri_mut() = "http://localhost/mcp".parse().unwrap();
    let answer = tokio::spawn(client.send_request(request));
    fixture.started.notified().await;
    answer.abort();
    connection.abort();
}

async fn leave_session(address: SocketAddr, fixture: &Fixture) {
    const HEADERS: &str = "connection: close\r\naccept: text/event-stream\r\n";
    let initialize = initialize("2025-11-25").to_string();
    let answer = rest(connect(address, &raw_post(HEADERS, &initialize)).await).await;
    let session = answer.split("mcp-session-id: ").nth(1).unwrap();
    let session = session.lines().next().unwrap();
    let headers = format!("{HEADERS}mcp-session-id: {session}\r\n");
    let stream = connect(address, &raw_post(&headers, &legacy_call("wait"))).await;
    fixture.started.notified().await;
    drop(stream);
}

/// Before 2026-07-28, hanging up is no cancellation.
#[tokio::test]
async fn a_drain_finishes_calls_that_their_clients_have_left() {
    for way in 0..3 {
        let fixture = Fixture::default();
        let (address, shutdown, served) = start_narrow(&fixture).await;
        match way {
            0 => leave_http1(address, &fixture).await,
            1 => leave_http2(address, &fixture).await,
            _ => leave_session(address, &fixture).await,
        }
        echo(address).await;

        shutdown.trigger();
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(!served.is_finished(), "{way}");
        fixture.go.notify_one();
        served.await.unwrap().unwrap();
        assert!(
            fixture.finished.notified().now_or_never().is_some(),
            "{way}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_calls_without_clients_within_the_grace_only() {
    let fixture = Fixture::default();
    let (address, shutdown, served) = start_narrow(&fixture).await;
    leave_http1(address, &fixture).await;
    echo(address).await;

    let before = Instant::now();
    shutdown.trigger();
    served.await.unwrap().unwrap();
    assert!(before.elapsed() >= Duration::from_secs(10));
}
