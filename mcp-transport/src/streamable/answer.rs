//! Running an admitted call, and choosing between JSON and an event stream.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Extensions, Response, StatusCode, request::Parts};
use rmcp::{
    ErrorData, Peer, RoleServer,
    model::{ClientRequest, RequestId, ServerResult},
};
use tokio::sync::mpsc;

use super::{
    events::Events,
    message::Admitted,
    service::Endpoint,
    subscriptions::{Place, TooMany},
};
use crate::{
    Handler, Outlet, PeerUse, Shutdown,
    dispatch::{Connection, Disconnect, FreshPeer, Running, call, context},
    exchange::{negotiate::Accepts, reply::Reply, version::is_modern},
};

impl<H: Handler> Endpoint<H> {
    pub(super) async fn answer(
        self: Arc<Self>,
        admitted: Admitted,
        parts: Parts,
        accepts: Accepts,
    ) -> Response<Body> {
        let pause = self.limits.keep_alive;
        if self.is_fixed(&admitted) {
            let reply = match self.known_tools(&admitted) {
                Some(reply) => reply,
                None => self.list_tools(admitted, parts).boxed().await,
            };
            return finished(reply, accepts, pause);
        }
        if admitted.peer_use != PeerUse::None {
            // Boxed, so that the future of the quiet path stays small.
            return self.converse(admitted, parts, accepts).boxed().await;
        }
        let peer = self.peers.get(&admitted.version);
        let reply = if is_modern(&admitted.version) {
            // The hot path: no task, no channel, no second allocation for the future.
            let Admitted { id, typed, .. } = admitted;
            let context = context(id.clone(), typed.meta, peer, parts);
            // The future is dropped with the connection; what the tool has started hears it here.
            let cancel = context.ct.clone().drop_guard();
            let outcome = call(&*self.handler, typed.request, context).await;
            cancel.disarm();
            self.modern_reply(&id, outcome)
        } else {
            let finish = self.finish(&parts.extensions);
            Running::new(self.reply(admitted, parts, peer), finish).await
        };
        finished(reply, accepts, pause)
    }

    /// A disconnected client of the revisions before 2026-07-28 has not cancelled anything.
    pub(super) fn finish(&self, extensions: &Extensions) -> Disconnect {
        Disconnect::Finish {
            room: self.unattended.clone(),
            shutdown: extensions.get().cloned(),
        }
    }

    /// A call that outlives the request if it must.
    pub(super) fn reply(
        self: Arc<Self>,
        admitted: Admitted,
        parts: Parts,
        peer: Peer<RoleServer>,
    ) -> impl Future<Output = Reply> + Send + 'static {
        let Admitted {
            id, version, typed, ..
        } = admitted;
        let context = context(id.clone(), typed.meta, peer, parts);
        async move {
            let outcome = call(&*self.handler, typed.request, context).await;
            Reply::new(&id, &outcome, is_modern(&version))
        }
    }

    fn modern_reply(&self, id: &RequestId, outcome: Result<ServerResult, ErrorData>) -> Reply {
        match outcome {
            Ok(mut result) => Reply::signed(id, &self.signature.sign(&mut result)),
            Err(error) => Reply::error(id, &error, true),
        }
    }

    async fn converse(
        self: Arc<Self>,
        admitted: Admitted,
        parts: Parts,
        accepts: Accepts,
    ) -> Response<Body> {
        let place = match self.place_for(&admitted, &parts) {
            Ok(place) => place,
            Err(full) => return full.into_response(&admitted.id),
        };
        let listens = place.is_some();
        let pause = self.limits.keep_alive;
        let modern = is_modern(&admitted.version);
        let (messages, peer, speech) = self.speech(&admitted);

        let Admitted { id, typed, .. } = admitted;
        // A subscription has no end of its own: the server's is its own, and it answers then (T-29).
        let drain = parts.extensions.get::<Shutdown>().filter(|_| listens);
        let ends = drain.map(Shutdown::child_token).unwrap_or_default();
        let finish = (!modern).then(|| self.finish(&parts.extensions));
        let mut context = context(id.clone(), typed.meta, peer, parts);
        context.ct = ends.clone();
        let connection = match speech {
            Speech::Peer(connection) => Some(connection),
            Speech::Outlet(outlet) => {
                context.extensions.insert(outlet);
                None
            }
        };
        let disconnect =
            finish.unwrap_or_else(|| Disconnect::Cancel(context.ct.clone().drop_guard()));
        let age = self.limits.max_subscription;
        let mut running = Running::new(
            async move {
                let outcome = call(&*self.handler, typed.request, context).await;
                drop((connection, place));
                if modern {
                    self.modern_reply(&id, outcome)
                } else {
                    Reply::new(&id, &outcome, false)
                }
            },
            disconnect,
        );
        if listens {
            running = running.ending_after(age, ends);
        }
        respond(running, messages, accepts, pause).await
    }

    /// What the call says, the peer that its handler sees, and what must live as long as it does.
    fn speech(&self, call: &Admitted) -> (mpsc::Receiver<Bytes>, Peer<RoleServer>, Speech) {
        let queue = self.limits.stream_queue;
        if call.peer_use == PeerUse::Outlet {
            let (outlet, messages) = Outlet::new(queue);
            let silent = self.peers.get(&call.version);
            return (messages, silent, Speech::Outlet(outlet));
        }
        let fresh = FreshPeer::start(&call.version, queue);
        let peer = fresh.peer();
        let (messages, connection) = fresh.into_parts();
        (messages, peer, Speech::Peer(connection))
    }

    /// A place among the subscriptions, for a call that begins one.
    fn place_for(&self, admitted: &Admitted, parts: &Parts) -> Result<Option<Place>, TooMany> {
        let request = &admitted.typed.request;
        if !matches!(request, ClientRequest::SubscriptionsListenRequest(_)) {
            return Ok(None);
        }
        let key = self.find_holder.counted(&parts.extensions);
        self.subscriptions.begin(key).map(Some)
    }
}

/// The answer of a handler that has said nothing before it.
///
/// An event stream is a 200, so an error that has a status of its own is JSON for every client, as
/// refusals are.
pub(super) fn finished(reply: Reply, accepts: Accepts, pause: Duration) -> Response<Body> {
    if accepts.json || reply.status != StatusCode::OK {
        return reply.into_response();
    }
    Events::finished(mpsc::channel(1).1, reply, pause)
}

/// What a call speaks with before it answers.
enum Speech {
    Peer(Connection),
    Outlet(Outlet),
}

/// JSON if the handler answers first, an event stream if it says something first.
async fn respond(
    mut running: Running<Reply>,
    mut messages: mpsc::Receiver<Bytes>,
    accepts: Accepts,
    pause: Duration,
) -> Response<Body> {
    if !accepts.events {
        // Nobody would read the messages, and a full queue must not stop the tool.
        drop(messages);
        return running.await.into_response();
    }
    tokio::select! {
        biased;
        Some(first) = messages.recv() => Events::begun(first, messages, running, pause),
        reply = &mut running => {
            if messages.is_empty() {
                finished(reply, accepts, pause)
            } else {
                Events::finished(messages, reply, pause)
            }
        }
    }
}
