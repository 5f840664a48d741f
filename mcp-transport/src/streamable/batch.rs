//! JSON-RPC batches, which revision 2025-03-26 obliges a server to take: array in, array out.

use std::sync::Arc;

use axum::body::Body;
use http::{Response, StatusCode, request::Parts};

use super::{answer::silence, events::Events, message::Admitted, service::Endpoint};
use crate::{
    Handler,
    dispatch::{Disconnect, FreshPeer, Running},
    exchange::{negotiate::Accepts, reply::Reply},
};

impl<H: Handler> Endpoint<H> {
    /// Runs the calls one after the other. What they say before their answers has no place in an
    /// array, and is left out.
    pub(super) async fn answer_batch(
        self: Arc<Self>,
        calls: Vec<Admitted>,
        parts: &Parts,
        accepts: Accepts,
    ) -> Response<Body> {
        let pause = self.limits.keep_alive;
        let parts = parts.clone();
        let all = async move {
            let mut array = vec![b'['];
            for (index, admitted) in calls.into_iter().enumerate() {
                if index > 0 {
                    array.push(b',');
                }
                let reply = self.clone().reply_silently(admitted, parts.clone()).await;
                array.extend_from_slice(&reply.json);
            }
            array.push(b']');
            Reply {
                status: StatusCode::OK,
                json: array.into(),
            }
        };
        let reply = Running::new(all, Disconnect::Finish).await;
        if accepts.json {
            return reply.into_response();
        }
        Events::finished(silence(), reply, pause)
    }

    async fn reply_silently(self: Arc<Self>, admitted: Admitted, parts: Parts) -> Reply {
        let fresh = FreshPeer::start(&admitted.version, self.limits.stream_queue);
        let peer = fresh.peer();
        let (messages, connection) = fresh.into_parts();
        drop(messages);
        let reply = self.reply(admitted, parts, peer).await;
        drop(connection);
        reply
    }
}
