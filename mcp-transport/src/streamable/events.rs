//! A response that became a conversation: messages as the tool sends them, then its answer.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use http::Response;
use http_body::Frame;
use tokio::{
    sync::mpsc,
    time::{Sleep, sleep},
};

use crate::{
    dispatch::Running,
    exchange::{
        event::{self, KEEP_ALIVE},
        reply::Reply,
    },
    time::from_now,
};

/// The events of one request. The answer is always the last one.
pub(super) struct Events {
    messages: mpsc::Receiver<Bytes>,
    stage: Stage,
    pause: Duration,
    idle: Pin<Box<Sleep>>,
}

enum Stage {
    /// The handler is at work.
    Running(Running<Reply>),
    /// It has answered; what it said before goes first.
    Answered(Bytes),
    Ended,
}

impl Events {
    /// An event stream whose first message is at hand.
    pub(super) fn begun(
        first: Bytes,
        messages: mpsc::Receiver<Bytes>,
        running: Running<Reply>,
        pause: Duration,
    ) -> Response<Body> {
        let stage = Stage::Running(running);
        respond(Some(first), messages, stage, pause)
    }

    /// An event stream of a handler that has answered already.
    pub(super) fn finished(
        mut messages: mpsc::Receiver<Bytes>,
        reply: Reply,
        pause: Duration,
    ) -> Response<Body> {
        messages.close();
        respond(None, messages, Stage::Answered(reply.json), pause)
    }
}

fn respond(
    first: Option<Bytes>,
    messages: mpsc::Receiver<Bytes>,
    stage: Stage,
    pause: Duration,
) -> Response<Body> {
    let events = Events {
        messages,
        stage,
        pause,
        idle: Box::pin(sleep(pause)),
    };
    event::stream(Body::new(Prepended {
        first: first.map(|message| event::message(&message)),
        events,
    }))
}

impl Events {
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            if let Poll::Ready(Some(message)) = self.messages.poll_recv(cx) {
                return Poll::Ready(Some(event::message(&message)));
            }
            match std::mem::replace(&mut self.stage, Stage::Ended) {
                Stage::Running(mut running) => match Pin::new(&mut running).poll(cx) {
                    Poll::Ready(reply) => {
                        // What is queued still goes out; nothing may follow the answer.
                        self.messages.close();
                        self.stage = Stage::Answered(reply.json);
                    }
                    Poll::Pending => {
                        self.stage = Stage::Running(running);
                        return self.poll_keep_alive(cx);
                    }
                },
                Stage::Answered(answer) => return Poll::Ready(Some(event::message(&answer))),
                Stage::Ended => return Poll::Ready(None),
            }
        }
    }

    /// A comment after a pause.
    fn poll_keep_alive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        ready!(self.idle.as_mut().poll(cx));
        Poll::Ready(Some(KEEP_ALIVE))
    }
}

/// The stream with the message that made it one.
struct Prepended {
    first: Option<Bytes>,
    events: Events,
}

impl http_body::Body for Prepended {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let next = match self.first.take() {
            Some(first) => Some(first),
            None => ready!(self.events.poll_event(cx)),
        };
        let Some(bytes) = next else {
            return Poll::Ready(None);
        };
        let pause = self.events.pause;
        self.events.idle.as_mut().reset(from_now(pause));
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}
