//! A call that runs in a session.

use std::sync::Arc;

use http::request::Parts;
use rmcp::{
    ErrorData, Peer, RoleServer,
    model::{ClientRequest, ErrorCode, RequestId, ServerResult},
};
use tokio_util::sync::CancellationToken;

use super::{session::Session, voice::Voice};
use crate::{
    Handler, PeerUse,
    dispatch::{Connection, FreshPeer, call, context, unknown_client},
    exchange::reply::Reply,
    session::{Asker, Wire},
    streamable::{message::Admitted, service::Endpoint},
};

type Outcome = Result<ServerResult, ErrorData>;

/// A call that has been begun in its session. However it ends, the session hears of it.
pub(super) struct Begun {
    pub(super) peer_use: PeerUse,
    admitted: Admitted,
    parts: Parts,
    place: Place,
}

/// A call's place among those of its session.
struct Place {
    session: Arc<Session>,
    id: RequestId,
    token: CancellationToken,
}

impl Drop for Place {
    fn drop(&mut self) {
        // A clone of the token that the tool has passed on hears that the call is over.
        self.token.cancel();
        self.session.calls.end(&self.id);
        self.session.touch();
    }
}

impl Begun {
    pub(super) fn new(session: Arc<Session>, admitted: Admitted, parts: Parts) -> Self {
        Self {
            peer_use: if outlives_its_call(&admitted.typed.request) {
                PeerUse::None
            } else {
                admitted.peer_use
            },
            place: Place {
                token: session.calls.token(&admitted.id),
                id: admitted.id.clone(),
                session,
            },
            admitted,
            parts,
        }
    }

    /// Runs it, with everything that it says going to one of the session's streams. Cancelled means
    /// dropped: nobody waits for an answer.
    pub(super) async fn tell<H: Handler>(self, endpoint: Arc<Endpoint<H>>, stream: u64) {
        let Self {
            admitted,
            parts,
            place,
            ..
        } = self;
        let Place { session, id, token } = &place;
        let running = async {
            match lasting_peer(session, &admitted) {
                Some(peer) => run(&endpoint, admitted, parts, peer, token).await,
                None => converse(&endpoint, session, admitted, parts, token, stream).await,
            }
        };
        let outcome = token.run_until_cancelled(running).await;
        let reply = outcome.map(|outcome| Reply::new(id, &outcome, false));
        let json = reply.as_ref().map(|reply| &*reply.json);
        session.log.answer(stream, json);
    }

    /// Runs it for its answer alone.
    pub(super) async fn answer<H: Handler>(self, endpoint: &Endpoint<H>) -> Reply {
        let Self {
            peer_use,
            admitted,
            parts,
            place,
        } = self;
        let Place { session, id, token } = &place;
        let running = async {
            if let Some(peer) = lasting_peer(session, &admitted) {
                return run(endpoint, admitted, parts, peer, token).await;
            }
            if peer_use == PeerUse::None {
                let peer = endpoint.peers.get(&admitted.version);
                return run(endpoint, admitted, parts, peer, token).await;
            }
            // The client reads JSON only: what the tool says has no place in it.
            let fresh = FreshPeer::start(&admitted.version, 1);
            let peer = fresh.peer();
            let (messages, _connection) = fresh.into_parts();
            drop(messages);
            run(endpoint, admitted, parts, peer, token).await
        };
        match token.run_until_cancelled(running).await {
            Some(outcome) => Reply::new(id, &outcome, false),
            None => Reply::error(id, &cancelled(), false),
        }
    }
}

/// The peer that lives as long as the session, for a request that wants more than its answer.
fn lasting_peer(session: &Session, admitted: &Admitted) -> Option<Peer<RoleServer>> {
    outlives_its_call(&admitted.typed.request)
        .then(|| session.standing_peer())
        .flatten()
}

/// Requests after which the client expects to hear something later.
fn outlives_its_call(request: &ClientRequest) -> bool {
    matches!(
        request,
        ClientRequest::SubscribeRequest(_)
            | ClientRequest::UnsubscribeRequest(_)
            | ClientRequest::SetLevelRequest(_)
    )
}

async fn converse<H: Handler>(
    endpoint: &Endpoint<H>,
    session: &Arc<Session>,
    admitted: Admitted,
    parts: Parts,
    token: &CancellationToken,
    stream: u64,
) -> Outcome {
    let (asker, answers) = Asker::new(session.clone());
    let wire = Wire {
        asker: asker.number(),
        speech: Voice::new(session, stream),
        answers,
    };
    let client = session
        .client()
        .cloned()
        .unwrap_or_else(|| unknown_client(&admitted.version));
    let connection = Connection::start(wire, client);
    run(endpoint, admitted, parts, connection.peer(), token).await
}

async fn run<H: Handler>(
    endpoint: &Endpoint<H>,
    admitted: Admitted,
    parts: Parts,
    peer: Peer<RoleServer>,
    token: &CancellationToken,
) -> Outcome {
    let Admitted { id, typed, .. } = admitted;
    let mut context = context(id, typed.meta, peer, parts);
    context.ct = token.clone();
    call(&*endpoint.handler, typed.request, context).await
}

/// HTTP needs an answer, although the client does not.
fn cancelled() -> ErrorData {
    ErrorData::new(
        ErrorCode::INVALID_REQUEST,
        "the request was cancelled",
        None,
    )
}
