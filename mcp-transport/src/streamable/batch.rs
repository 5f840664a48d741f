//! JSON-RPC batches, which revision 2025-03-26 obliges a server to take: array in, array out.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::{Response, StatusCode, request::Parts};
use rmcp::model::{ProtocolVersion, RequestId};
use serde_json::value::RawValue;

use super::{answer::finished, message::Admitted, service::Endpoint};
use crate::{
    Handler, PeerUse,
    dispatch::{self, FreshPeer, Running},
    envelope::{Params, Request},
    exchange::{negotiate::Accepts, reply::Reply},
};

/// A request of a batch that has passed every check, and is text again until its turn comes: values take
/// many times as much memory, and those before it may take long.
#[derive(Debug)]
pub(super) struct Waiting {
    id: RequestId,
    version: ProtocolVersion,
    peer_use: PeerUse,
    text: Text,
}

/// Method and `params` of a request, in the bytes of the body.
#[derive(Debug)]
pub(super) struct Text {
    method: Box<str>,
    params: Option<Bytes>,
}

impl Waiting {
    /// The request as it was admitted: the same bytes by the same decoder.
    fn decode(self) -> Result<Admitted, Reply> {
        let Self {
            id,
            version,
            peer_use,
            text: Text { method, params },
        } = self;
        let params = params.as_deref().map(serde_json::from_slice::<&RawValue>);
        let typed = params.transpose().map(Params::Text).ok();
        let typed = typed.and_then(|params| dispatch::decode(&method, params).ok());
        let Some(typed) = typed else {
            return Err(Reply::internal_error(&id, false));
        };
        Ok(Admitted {
            id,
            version,
            typed,
            peer_use,
        })
    }
}

impl Text {
    pub(super) fn of(request: &Request<'_>, body: &Bytes) -> Self {
        let slice = |text: &RawValue| body.slice_ref(text.get().as_bytes());
        Self {
            method: (*request.method).into(),
            params: match &request.params {
                Params::Text(params) => params.map(slice),
                // Read in one pass, which is for bodies that are no batch.
                Params::Call(_) => None,
            },
        }
    }

    /// What is left of a request that has been admitted.
    pub(super) fn until_its_turn(self, admitted: Admitted) -> Waiting {
        let Admitted {
            id,
            version,
            peer_use,
            ..
        } = admitted;
        Waiting {
            id,
            version,
            peer_use,
            text: self,
        }
    }
}

impl<H: Handler> Endpoint<H> {
    /// Runs the calls one after the other. What they say before their answers has no place in an
    /// array, and is left out.
    pub(super) async fn answer_batch(
        self: Arc<Self>,
        calls: Vec<Waiting>,
        parts: &Parts,
        accepts: Accepts,
    ) -> Response<Body> {
        let pause = self.limits.keep_alive;
        let parts = parts.clone();
        let finish = self.finish(&parts.extensions);
        let all = async move {
            let mut array = Array::default();
            for waiting in calls {
                let reply = match waiting.decode() {
                    Ok(admitted) => self.clone().reply_silently(admitted, parts.clone()).await,
                    Err(reply) => reply,
                };
                array.push(&reply);
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
