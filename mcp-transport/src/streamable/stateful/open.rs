//! `initialize`: a session opens.

use std::sync::Arc;

use axum::body::Body;
use http::{HeaderValue, Response, request::Parts};
use rmcp::model::{ClientRequest, ServerResult};

use super::{endpoint::Stateful, session::Session, standing::Standing};
use crate::{
    Handler,
    dispatch::{call, context},
    exchange::{body::check_handshake, negotiate::Accepts, reply::Reply},
    session::{NotOpened, SESSION_ID},
    streamable::{answer::finished, message::Admitted, service::Endpoint},
};

impl<H: Handler> Endpoint<H> {
    /// Holds the handshake. A client that has been refused, or has gone, leaves no session behind.
    pub(in crate::streamable) async fn initialize(
        self: Arc<Self>,
        admitted: Admitted,
        parts: Parts,
        accepts: Accepts,
    ) -> Result<Response<Body>, Response<Body>> {
        let (Some(stateful), ClientRequest::InitializeRequest(request)) =
            (&self.sessions, &admitted.typed.request)
        else {
            return Ok(self.answer(admitted, parts, accepts).await);
        };
        check_handshake(&parts)?;
        let session = NotOpened::unless_kept(&parts.extensions)
            .and_then(|()| stateful.open(self.find_holder.holder(&parts.extensions)))
            .map_err(NotOpened::into_response)?;
        let opening = Opening {
            stateful,
            session: Some(session.clone()),
        };
        let client = request
            .params
            .clone()
            .with_protocol_version(admitted.version);
        let standing = Standing::start(self.handler.clone(), &session, client.clone());
        let context = context(
            admitted.id.clone(),
            admitted.typed.meta,
            standing.peer(),
            parts,
        );
        session.stand(standing);

        let outcome = call(&*self.handler, admitted.typed.request, context).await;
        let reply = Reply::new(&admitted.id, &outcome, false);
        let mut response = finished(reply, accepts, self.limits.keep_alive);
        if let Ok(ServerResult::InitializeResult(result)) = outcome
            && let Ok(name) = HeaderValue::try_from(stateful.naming.expose(session.id))
        {
            session.introduce(client.with_protocol_version(result.protocol_version));
            response.headers_mut().insert(&SESSION_ID, name);
            opening.succeed();
        }
        Ok(response)
    }
}

/// A session whose handshake has not succeeded yet.
struct Opening<'a> {
    stateful: &'a Stateful,
    session: Option<Arc<Session>>,
}

impl Opening<'_> {
    fn succeed(mut self) {
        self.session = None;
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        if let Some(session) = &self.session {
            self.stateful.table.close(&session.id);
        }
    }
}
