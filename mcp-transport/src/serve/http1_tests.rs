//! What a client notices of a stream that the connection has taken back: nothing.

use std::sync::{Arc, Mutex};

use axum::{Router, body::to_bytes};
use futures_util::stream;
use http::Version;
use rstest::rstest;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::*;
use crate::Shutdown;

type Event = Result<&'static str, &'static str>;
type Says = mpsc::UnboundedSender<Event>;

const GET: &str = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
const EVENTS: &str = "text/event-stream";
/// Longer than a stream must wait.
const A_WHILE: Duration = Duration::from_secs(1);

/// A connection to a server whose stream says what the test says.
struct World {
    client: DuplexStream,
    server: Option<DuplexStream>,
    http: Http<Router>,
    says: Says,
}

fn world(room: usize, media_type: &'static str) -> World {
    let (says, events) = mpsc::unbounded_channel::<Event>();
    let events = Arc::new(Mutex::new(Some(events)));
    let app = Router::new().fallback(async move |mut request: Request<Body>| {
        let Some(events) = events.lock().unwrap().take() else {
            return Response::new(Body::from("another answer"));
        };
        let path = request.uri().path().to_owned();
        if path == "/read" {
            let body = std::mem::take(request.body_mut());
            to_bytes(body, usize::MAX).await.unwrap();
        }
        // Elsewhere, as a call that has not read its body to the end.
        let events = stream::unfold((events, request), async |(mut events, request)| {
            Some((events.recv().await?, (events, request)))
        });
        let version = if path == "/old" {
            Version::HTTP_10
        } else {
            Version::HTTP_11
        };
        Response::builder()
            .version(version)
            .header("content-type", media_type)
            .body(Body::from_stream(events))
            .unwrap()
    });
    let (client, server) = duplex(room);
    let http = Http {
        service: Informed::new(app, ([127, 0, 0, 1], 1).into(), Shutdown::manual()),
        header_timeout: Duration::from_secs(60),
        idle_timeout: Duration::from_secs(60),
        connections: TaskTracker::new(),
        stop: CancellationToken::new(),
        cut: CancellationToken::new(),
    };
    World {
        client,
        server: Some(server),
        http,
        says,
    }
}

impl World {
    /// Serves, as it does for a server.
    fn serve(&mut self) -> tokio::task::JoinHandle<()> {
        let server = self.server.take().unwrap();
        tokio::spawn(self.http.clone().serve_http1(server, Bytes::new()))
    }

    /// Whether hyper is asked for the stream, in an hour.
    async fn is_taken_back(&mut self) -> bool {
        let stream = self.server.take().unwrap();
        let ahead = Bytes::new();
        let serving = self.http.clone().by_hyper(Open { stream, ahead });
        let served = timeout(Duration::from_secs(3600), serving).await;
        matches!(served, Ok(Some(_)))
    }

    async fn ask(&mut self, request: &str) {
        self.client.write_all(request.as_bytes()).await.unwrap();
    }

    /// Reads until it has read this.
    async fn hear(&mut self, end: &str) -> String {
        let mut text = String::new();
        while !text.ends_with(end) {
            match self.client.read_u8().await {
                Ok(byte) => text.push(char::from(byte)),
                Err(error) => panic!("{error} after {text:?}"),
            }
        }
        text
    }

    async fn hear_rest(&mut self) -> String {
        let mut text = String::new();
        let _ = self.client.read_to_string(&mut text).await;
        text
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_waits_is_taken_back_when_it_has_been_sent() {
    let mut world = world(1024, EVENTS);
    world.ask(GET).await;
    world.says.send(Ok("first")).unwrap();
    assert!(world.is_taken_back().await);
    assert!(world.hear("5\r\nfirst\r\n").await.contains("chunked"));
}

#[rstest]
#[case::http_1_0(EVENTS, "GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")]
#[case::close(EVENTS, "GET / HTTP/1.1\r\nhost: a\r\nconnection: te, Close\r\n\r\n")]
#[case::body_not_read(EVENTS, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nhalf")]
#[case::two_lengths(
    EVENTS,
    "POST /read HTTP/1.1\r\nhost: a\r\ncontent-length: 99\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
)]
#[case::old_response(EVENTS, "GET /old HTTP/1.1\r\nhost: a\r\n\r\n")]
#[case::no_event_stream("text/plain", GET)]
#[tokio::test(start_paused = true)]
async fn what_cannot_be_taken_back_stays(#[case] media_type: &'static str, #[case] request: &str) {
    let mut world = world(1024, media_type);
    world.ask(request).await;
    world.says.send(Ok("first")).unwrap();
    assert!(!world.is_taken_back().await);
}

#[tokio::test(start_paused = true)]
async fn a_stream_stays_until_its_client_has_got_all() {
    let mut world = world(16, EVENTS);
    world.says.send(Ok("more than there is room for")).unwrap();
    let http = world.http.clone();
    let stream = world.server.take().unwrap();
    let ahead = Bytes::new();
    let mut serving = Box::pin(http.by_hyper(Open { stream, ahead }));
    let asking = async {
        world.ask(GET).await;
        sleep(Duration::from_secs(30)).await;
        // It has waited for long, and now it gives way.
        world.hear("room for\r\n").await;
    };
    tokio::select! {
        _ = &mut serving => panic!("taken back before it was sent"),
        () = asking => {}
    }
    assert!(serving.await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_speaks_often_stays() {
    let mut world = world(1 << 20, EVENTS);
    let stream = world.server.take().unwrap();
    let ahead = Bytes::new();
    let mut serving = Box::pin(world.http.clone().by_hyper(Open { stream, ahead }));
    let speaking = async {
        world.ask(GET).await;
        for _ in 0..100 {
            world.says.send(Ok("again")).unwrap();
            sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        _ = &mut serving => panic!("taken back between two words"),
        () = speaking => {}
    }
    assert!(serving.await.is_some());
}

#[tokio::test(start_paused = true)]
async fn the_rest_of_a_stream_is_sent_and_the_next_request_answered() {
    let mut world = world(1 << 20, EVENTS);
    let _served = world.serve();
    world.ask(GET).await;
    world.says.send(Ok("first")).unwrap();
    world.hear("5\r\nfirst\r\n").await;
    sleep(A_WHILE).await;
    for event in ["second", "", "third"] {
        world.says.send(Ok(event)).unwrap();
    }
    // An empty piece is no chunk: that would be the last one.
    assert_eq!(
        world.hear("third\r\n").await,
        "6\r\nsecond\r\n5\r\nthird\r\n"
    );
    sleep(A_WHILE).await;
    let (says, _) = mpsc::unbounded_channel();
    drop(std::mem::replace(&mut world.says, says));
    assert_eq!(world.hear("\r\n\r\n").await, "0\r\n\r\n");

    world.ask(GET).await;
    assert!(
        world
            .hear("another answer")
            .await
            .starts_with("HTTP/1.1 200 OK\r\n")
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_that_comes_while_a_stream_waits_is_answered_after_it() {
    let mut world = world(1 << 20, EVENTS);
    let _served = world.serve();
    world.ask(GET).await;
    world.says.send(Ok("first")).unwrap();
    world.hear("first\r\n").await;
    sleep(A_WHILE).await;
    // More than is read ahead.
    let long = "a".repeat(1000);
    world
        .ask(&format!(
            "GET / HTTP/1.1\r\nhost: localhost\r\nx-long: {long}\r\n\r\n"
        ))
        .await;
    sleep(A_WHILE).await;
    world.says.send(Ok("second")).unwrap();
    world.hear("second\r\n").await;
    let (says, _) = mpsc::unbounded_channel();
    drop(std::mem::replace(&mut world.says, says));
    assert!(
        world
            .hear("another answer")
            .await
            .starts_with("0\r\n\r\nHTTP/1.1 200 OK\r\n")
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_goes_takes_the_stream_with_it() {
    let mut world = world(1024, EVENTS);
    let served = world.serve();
    world.ask(GET).await;
    sleep(A_WHILE).await;
    drop(world.client);
    world.says.closed().await;
    served.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_off_has_no_last_chunk() {
    let mut world = world(1024, EVENTS);
    let _served = world.serve();
    world.ask(GET).await;
    world.says.send(Ok("first")).unwrap();
    sleep(A_WHILE).await;
    world.says.send(Err("the tool has failed")).unwrap();
    assert!(world.hear_rest().await.ends_with("5\r\nfirst\r\n"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_does_not_end_is_cut_off_with_its_server() {
    let mut world = world(1024, EVENTS);
    let served = world.serve();
    world.ask(GET).await;
    sleep(A_WHILE).await;
    world.http.stop.cancel();
    sleep(A_WHILE).await;
    assert!(!served.is_finished());
    world.says.send(Ok("last")).unwrap();
    assert!(world.hear("last\r\n").await.ends_with("4\r\nlast\r\n"));
    world.http.cut.cancel();
    served.await.unwrap();
    assert_eq!(world.hear_rest().await, "");
}

#[tokio::test(start_paused = true)]
async fn a_connection_ends_with_its_stream_when_the_server_stops() {
    let mut world = world(1024, EVENTS);
    let served = world.serve();
    world.ask(GET).await;
    sleep(A_WHILE).await;
    world.http.stop.cancel();
    let (says, _) = mpsc::unbounded_channel();
    drop(std::mem::replace(&mut world.says, says));
    assert!(world.hear_rest().await.ends_with("0\r\n\r\n"));
    served.await.unwrap();
}

/// hyper has read some of the next request, and not all that was read ahead of it.
#[tokio::test(start_paused = true)]
async fn what_was_read_ahead_is_kept_whole() {
    let mut world = world(1024, EVENTS);
    let next = format!("GET / HTTP/1.1\r\nx-long: {}\r\n\r\n", "a".repeat(20_000));
    let ahead = Bytes::from(format!("{GET}{next}"));
    let stream = world.server.take().unwrap();
    let (taken, _events) = world.http.by_hyper(Open { stream, ahead }).await.unwrap();
    assert_eq!(taken.ahead, next);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_begins_no_request_behind_a_stream() {
    let mut world = world(1024, EVENTS);
    let served = world.serve();
    world.ask(GET).await;
    sleep(A_WHILE).await;
    world.ask(GET).await;
    world.http.stop.cancel();
    let (says, _) = mpsc::unbounded_channel();
    drop(std::mem::replace(&mut world.says, says));
    assert!(world.hear_rest().await.ends_with("\r\n\r\n0\r\n\r\n"));
    served.await.unwrap();
}

#[test]
fn the_end_of_a_request_is_not_that_of_the_next_one() {
    let loan = Loan::default();
    let (first, second) = (loan.begin(), loan.begin());
    loan.note_sent();
    first.note_end();
    assert!(!loan.is_at_rest());
    second.note_end();
    assert!(loan.is_at_rest());
}
