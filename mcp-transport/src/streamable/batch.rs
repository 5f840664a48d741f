//! JSON-RPC batches, which revision 2025-03-26 obliges a server to take: array in, array out.

use std::sync::Arc;

use axum::body::Body;
use http::{Response, StatusCode, request::Parts};

use super::{answer::finished, message::Admitted, service::Endpoint};
use crate::{
    Handler,
    dispatch::{FreshPeer, Running},
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
        let finish = self.finish(&parts.extensions);
        let all = async move {
            let mut array = Array::default();
            for admitted in calls {
                array.push(&self.clone().reply_silently(admitted, parts.clone()).await);
            }
            array.finish()
        };
        finished(Running::new(all, finish).await, accepts, pause)
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

/// The answers to a batch, encoded.
#[derive(Default)]
pub(super) struct Array(Vec<u8>);

impl Array {
    pub(super) fn push(&mut self, reply: &Reply) {
        self.0.push(if self.0.is_empty() { b'[' } else { b',' });
        self.0.extend_from_slice(&reply.json);
    }

    pub(super) fn finish(mut self) -> Reply {
        self.0.push(b']');
        Reply {
            status: StatusCode::OK,
            json: self.0.into(),
        }
    }
}
