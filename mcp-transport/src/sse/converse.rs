//! Running an admitted call: what it says, then its answer, on the session's stream.

use std::{pin::pin, sync::Arc};

use http::request::Parts;
use rmcp::{
    ErrorData,
    model::{ClientRequest, InitializeRequestParams, ServerResult},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{endpoint::Endpoint, message::Admitted, queue::Closed, session::Session};
use crate::{
    Call, Handler,
    dispatch::{Capture, Connection, call, context},
    exchange::reply::Reply,
    session::{Asker, Wire},
};

type Outcome = Result<ServerResult, ErrorData>;

impl<H: Handler> Endpoint<H> {
    /// Starts a call that has been begun in the session. It outlives the `POST`, but neither a
    /// cancellation nor the session, and cancelled means dropped: nobody waits for an answer.
    pub(super) fn start(self: Arc<Self>, call: Admitted, session: Arc<Session>, parts: Parts) {
        let id = call.id.clone();
        let token = session.calls.token(&id);
        tokio::spawn(async move {
            let running = self.run(call, &session, &token, parts);
            token.run_until_cancelled(running).await;
            // A clone that the tool has passed on hears that the call is over.
            token.cancel();
            session.end_call(&id);
        });
    }

    /// Sends a message. A session that cannot take it has lost its reader, and ends.
    pub(super) async fn say(&self, session: &Session, json: &[u8]) {
        if let Err(Closed) = session.say(json, &self.bounds).await {
            self.table.close(&session.id);
        }
    }

    async fn run(
        &self,
        call: Admitted,
        session: &Arc<Session>,
        token: &CancellationToken,
        parts: Parts,
    ) {
        let id = call.id.clone();
        let outcome = match client_of(&call) {
            Some(client) => self.initialize(call, client, session, token, parts).await,
            None if self.may_speak(&call, &parts) => {
                let client = session.client(&call.version);
                self.converse(call, client, session, token, parts).await
            }
            None => self.answer(call, token, parts).await,
        };
        let Reply { json, .. } = Reply::new(&id, &outcome, false);
        self.say(session, &json).await;
    }

    fn may_speak(&self, call: &Admitted, parts: &Parts) -> bool {
        let subject = call.typed.subject();
        self.speaks(&Call::new(
            &call.method,
            subject,
            &call.version,
            &parts.extensions,
        ))
    }

    async fn initialize(
        &self,
        call: Admitted,
        client: InitializeRequestParams,
        session: &Arc<Session>,
        token: &CancellationToken,
        parts: Parts,
    ) -> Outcome {
        let outcome = self
            .converse(call, client.clone(), session, token, parts)
            .await;
        if let Ok(ServerResult::InitializeResult(result)) = &outcome {
            session.introduce(client.with_protocol_version(result.protocol_version.clone()));
        }
        outcome
    }

    /// A call that only answers.
    async fn answer(&self, admitted: Admitted, token: &CancellationToken, parts: Parts) -> Outcome {
        let peer = self.peers.get(&admitted.version);
        let mut context = context(admitted.id, admitted.typed.meta, peer, parts);
        context.ct = token.clone();
        call(&self.handler, admitted.typed.request, context).await
    }

    /// A call that may say or ask something first. What it says later is nobody's to read.
    async fn converse(
        &self,
        admitted: Admitted,
        client: InitializeRequestParams,
        session: &Arc<Session>,
        token: &CancellationToken,
        parts: Parts,
    ) -> Outcome {
        let (speech, mut messages) = mpsc::channel(self.limits.stream_queue.max(1));
        let (asker, answers) = Asker::new(session.clone());
        let wire = Wire {
            asker: asker.number(),
            speech: Capture(speech),
            answers,
        };
        let connection = Connection::start(wire, client);
        let mut context = context(admitted.id, admitted.typed.meta, connection.peer(), parts);
        context.ct = token.clone();

        let mut running = pin!(call(&self.handler, admitted.typed.request, context));
        let outcome = loop {
            tokio::select! {
                biased;
                // While a message waits for a slow reader, the handler waits too.
                Some(message) = messages.recv() => self.say(session, &message).await,
                outcome = &mut running => break outcome,
            }
        };
        messages.close();
        while let Some(message) = messages.recv().await {
            self.say(session, &message).await;
        }
        outcome
    }
}

/// The client that an `initialize` introduces, under the revision that it is held under.
fn client_of(call: &Admitted) -> Option<InitializeRequestParams> {
    match &call.typed.request {
        ClientRequest::InitializeRequest(request) => Some(
            request
                .params
                .clone()
                .with_protocol_version(call.version.clone()),
        ),
        _ => None,
    }
}
