//! The streams of an HTTP/2 connection.
//!
//! HTTP/2 has its own flow control: a client that grants no window takes nothing of its response,
//! while its connection is well and answers pings. hyper waits for it without an end.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use hyper::rt::Executor;
use pin_project_lite::pin_project;
use tokio::time::{Duration, Instant, sleep};
use tokio_util::task::TaskTracker;

use super::{
    closed::closed,
    leaving::{Turn, observe},
    patience::Patience,
};
use crate::session::Locked;

/// Runs the streams of one connection, and knows whether there are any. Cloned for every request.
#[derive(Clone)]
pub(super) struct Streams(Arc<Connection>);

struct Connection {
    timeout: Duration,
    tasks: TaskTracker,
    open: Locked<Open>,
}

struct Open {
    streams: usize,
    /// When the last one ended.
    since: Instant,
}

impl Streams {
    pub(super) fn new(timeout: Duration, tasks: TaskTracker) -> Self {
        Self(Arc::new(Connection {
            timeout,
            tasks,
            open: Locked::new(Open {
                streams: 0,
                since: Instant::now(),
            }),
        }))
    }

    /// Ends when, from now on, there has been no stream for the timeout. A client that answers pings
    /// would otherwise keep a connection that it does not use for ever.
    pub(super) async fn unused(&self) {
        self.0.open.lock().since = Instant::now();
        loop {
            let left = self.patience_left();
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }

    /// How long the connection may stay as it is, at least.
    fn patience_left(&self) -> Duration {
        let Connection { timeout, open, .. } = &*self.0;
        let open = open.lock();
        if open.streams > 0 {
            return *timeout;
        }
        timeout.saturating_sub(open.since.elapsed())
    }
}

impl<F> Executor<F> for Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        self.0.open.lock().streams += 1;
        self.0.tasks.spawn(Stream {
            stream,
            turn: Turn::Server,
            patience: Patience::new(self.0.timeout),
            place: Place(self.0.clone()),
        });
    }
}

/// One open stream.
struct Place(Arc<Connection>);

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.0.open.lock();
        open.streams -= 1;
        open.since = Instant::now();
    }
}

pin_project! {
    /// A stream that ends, and is reset thereby, when its client takes nothing.
    struct Stream<F> {
        #[pin]
        stream: F,
        turn: Turn,
        patience: Patience,
        place: Place,
    }
}

impl<F: Future<Output = ()>> Future for Stream<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let (polled, turn) = observe(|| this.stream.poll(cx));
        if polled.is_ready() {
            return polled;
        }
        if let Some(turn) = turn {
            *this.turn = turn;
            this.patience.renew();
        }
        if *this.turn == Turn::Server {
            return Poll::Pending;
        }
        ready!(this.patience.poll_over(cx));
        closed("nothing taken");
        Poll::Ready(())
    }
}
