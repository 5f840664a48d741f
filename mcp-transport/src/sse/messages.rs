//! `POST`: a message of the client. Its answer goes to the stream; the response only says whether
//! the message was accepted.

use std::sync::Arc;

use axum::{extract::Request, response::Response};
use http::{Method, StatusCode, request::Parts};

use super::{endpoint::Endpoint, id, message::Work, session::Session};
use crate::{
    Handler, envelope,
    exchange::{
        body,
        negotiate::check_content,
        reply::{self, Reply},
    },
    replica::NoSession,
};

impl<H: Handler> Endpoint<H> {
    pub(super) async fn receive(self: Arc<Self>, request: Request) -> Result<Response, Response> {
        if request.method() != Method::POST {
            return Err(reply::method_not_allowed(
                "POST",
                "this endpoint takes the messages of a session by POST",
            ));
        }
        let (mut parts, body) = request.into_parts();
        check_content(&parts.headers)?;
        let named = id::of_query(parts.uri.query()).ok_or(NoSession::Malformed);
        let id = named
            .and_then(|id| self.naming.parse(&id))
            .map_err(|reason| match reason {
                NoSession::Elsewhere => no_session(),
                NoSession::Malformed => reply::refuse_request(
                    StatusCode::BAD_REQUEST,
                    "the URL must hold the session_id of the endpoint event, once",
                ),
            })?;
        let owner = self.find_holder.owner(&parts.extensions);
        let session = self.table.find(&id, owner).ok_or_else(no_session)?;
        session.touch();
        let work = {
            let bytes = body::read(body, &mut parts, &self.limits, &self.find_holder).await?;
            let body = envelope::decode(&bytes, self.limits.max_batch)
                .map_err(|error| reply::malformed(&error))?;
            self.admit(body, &session, &parts)?
        };
        self.begin(work, session, parts).await?;
        Ok(reply::accepted())
    }

    /// Begins all of the work, or refuses all of it.
    async fn begin(
        self: Arc<Self>,
        work: Vec<Work>,
        session: Arc<Session>,
        parts: Parts,
    ) -> Result<(), Response> {
        let ids: Vec<_> = work.iter().filter_map(Work::call).collect();
        session
            .calls
            .begin(ids.into_iter(), 0, self.table.limits.max_calls)
            .map_err(|busy| busy.into_response(no_session))?;
        let mut failed = Vec::new();
        for item in work {
            match item {
                Work::Call(call) => self.clone().start(call, session.clone(), parts.clone()),
                Work::Cancel(id) => session.calls.cancel(&id),
                Work::Answer(answer) => session.questions.answer(answer),
                Work::Failed(reply) => failed.push(reply),
                Work::Nothing => {}
            }
        }
        // Only now, since a client that hangs up here drops the rest of this function.
        for Reply { json, .. } in failed {
            self.say(&session, &json).await;
        }
        Ok(())
    }
}

/// Says nothing about whether the session is somebody else's.
fn no_session() -> Response {
    reply::refuse_request(
        StatusCode::NOT_FOUND,
        "you have no such session; open a stream, and post where its endpoint event says",
    )
}
