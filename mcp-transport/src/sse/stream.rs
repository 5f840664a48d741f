//! `GET`: a session opens, and its stream is the response's body.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{body::Body, extract::Request, response::Response};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use http_body::Frame;
use pin_project_lite::pin_project;
use tokio::time::{Duration, Sleep, sleep};

use super::{endpoint::Endpoint, session::Session};
use crate::{
    Handler,
    exchange::{
        event::{self, KEEP_ALIVE},
        negotiate::Accepts,
        reply,
    },
    session::{Kept, NotOpened, Table},
    time::from_now,
};

impl<H: Handler> Endpoint<H> {
    pub(super) async fn open(self: Arc<Self>, request: Request) -> Result<Response, Response> {
        if request.method() != Method::GET {
            // Clients that try the newer transport first take this for "speak the older one".
            return Err(reply::method_not_allowed(
                "GET",
                "this is an event stream of revision 2024-11-05: open it by GET",
            ));
        }
        if !Accepts::of(request.headers()).is_some_and(|accepts| accepts.events) {
            return Err(reply::refuse_request(
                StatusCode::NOT_ACCEPTABLE,
                "Accept must allow text/event-stream",
            ));
        }
        let holder = self.find_holder.holder(request.extensions());
        if let Some(shutdown) = &self.shutdown {
            self.table.watch(shutdown);
        }
        let session = NotOpened::unless_kept(request.extensions())
            .and_then(|()| Session::new(holder))
            .and_then(|session| self.table.open(session))
            .map_err(NotOpened::into_response)?;
        let open = Open {
            table: self.table.clone(),
            session,
        };
        // The queue is empty, so this does not wait.
        let _ = open
            .session
            .greet(&self.messages, &self.naming, &self.bounds)
            .await;

        let pause = self.limits.keep_alive;
        let mut response = event::stream(Body::new(Stream {
            open,
            pause,
            tick: sleep(pause),
        }));
        // The first event holds the session's id.
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }
}

/// A session that ends with its stream.
struct Open {
    table: Arc<Table<Session>>,
    session: Arc<Session>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.table.close(&self.session.id);
    }
}

pin_project! {
    /// The session's events, with a comment after each pause.
    struct Stream {
        open: Open,
        pause: Duration,
        #[pin]
        tick: Sleep,
    }
}

impl http_body::Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let mut this = self.project();
        let (session, limits) = (&this.open.session, &this.open.table.limits);
        let next = match session.queue.poll_event(cx) {
            _ if session.outlived(limits) => None,
            Poll::Ready(next) => next,
            Poll::Pending => {
                ready!(this.tick.as_mut().poll(cx));
                (!session.expired(limits)).then_some(KEEP_ALIVE)
            }
        };
        this.tick.reset(from_now(*this.pause));
        if next.is_none() {
            // At once: it may take a while until the connection lets go of this body.
            this.open.table.close(&session.id);
        }
        Poll::Ready(next.map(|event| Ok(Frame::data(event))))
    }
}
