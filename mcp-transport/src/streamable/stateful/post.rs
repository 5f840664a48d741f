//! `POST` with a session's name.

#![expect(
    clippy::result_large_err,
    reason = "a refusal is the response itself; it is rare, and moved once"
)]

use std::sync::Arc;

use axum::body::Body;
use http::{HeaderValue, Response, request::Parts};

use super::{
    call::Begun,
    endpoint::{Stateful, names_session, no_session},
    message::Work,
    notification::Heard,
    reader,
    session::Session,
};
use crate::{
    Handler, OwnerKey, PeerUse, Shutdown,
    dispatch::{Disconnect, Running},
    exchange::{negotiate::Accepts, reply, version::HEADER as VERSION},
    serve::spawn_unattended,
    session::NotOpened,
    streamable::{batch::Array, message::Admitted, service::Endpoint},
};

impl Stateful {
    /// The session that a request names, and the request as part of it: a session knows its
    /// revision, so a missing header means that one.
    fn enter(
        &self,
        parts: &mut Parts,
        owner: Option<OwnerKey>,
    ) -> Result<Arc<Session>, Response<Body>> {
        let session = self.find(&parts.headers, owner)?;
        if let Some(version) = session.version()
            && !parts.headers.contains_key(&VERSION)
            && let Ok(version) = HeaderValue::try_from(version.as_str())
        {
            parts.headers.insert(&VERSION, version);
        }
        Ok(session)
    }
}

impl<H: Handler> Endpoint<H> {
    /// The session that a request is part of.
    pub(in crate::streamable) fn session_of(
        &self,
        parts: &mut Parts,
    ) -> Result<Option<Arc<Session>>, Response<Body>> {
        let stateful = self.sessions_for(&parts.headers);
        let Some(stateful) = stateful.filter(|_| names_session(&parts.headers)) else {
            return Ok(None);
        };
        let owner = self.find_holder.owner(&parts.extensions);
        stateful.enter(parts, owner).map(Some)
    }

    pub(in crate::streamable) async fn receive(
        self: Arc<Self>,
        session: Arc<Session>,
        work: Work,
        parts: Parts,
        accepts: Accepts,
    ) -> Result<Response<Body>, Response<Body>> {
        let Work {
            calls,
            cancellations,
            answers,
            notifications,
            is_batch,
        } = work;

        // From here on nothing is refused, so nothing has had an effect before.
        let (begun, places) = self.begin(&session, calls, notifications.len(), &parts)?;
        let heard = notifications.into_iter().zip(places);
        for cancellation in &cancellations {
            session.cancel(cancellation);
        }
        for answer in answers {
            session.questions.answer(answer);
        }
        for (notification, place) in heard {
            session.announce(notification, place).await;
        }
        for cancellation in cancellations {
            if let Some(place) = Heard::if_there_is_room(&session) {
                session.announce(cancellation, place).await;
            }
        }
        if begun.is_empty() {
            return Ok(reply::accepted());
        }
        let quiet = begun.iter().all(|call| call.peer_use == PeerUse::None);
        if !accepts.events || (quiet && accepts.json) {
            let finish = self.finish(&parts.extensions);
            return Ok(self.answer_in_json(begun, is_batch, finish).await);
        }
        Ok(self.answer_by_events(&session, begun, parts.extensions.get()))
    }

    /// Begins all of the calls and so many notifications, or none of them.
    fn begin(
        &self,
        session: &Arc<Session>,
        calls: Vec<Admitted>,
        notifications: usize,
        parts: &Parts,
    ) -> Result<(Vec<Begun>, Vec<Heard>), Response<Body>> {
        let ids = calls.iter().map(|call| &call.id);
        session
            .calls
            .begin(ids, notifications, session.limits.max_calls)
            .map_err(|busy| busy.into_response(|| NotOpened::Retired.into_response()))?;
        let begun = calls
            .into_iter()
            .map(|call| Begun::new(session.clone(), call, parts.clone()));
        let heard = (0..notifications).map(|_| Heard::begun(session));
        Ok((begun.collect(), heard.collect()))
    }

    async fn answer_in_json(
        self: Arc<Self>,
        begun: Vec<Begun>,
        is_batch: bool,
        finish: Disconnect,
    ) -> Response<Body> {
        let all = async move {
            let mut array = Array::default();
            for call in begun {
                let reply = call.answer(&self).await;
                if !is_batch {
                    return reply;
                }
                array.push(&reply);
            }
            array.finish()
        };
        Running::new(all, finish).await.into_response()
    }

    /// The stream opens before anything has been said, so that a client can come back to it.
    fn answer_by_events(
        self: Arc<Self>,
        session: &Arc<Session>,
        begun: Vec<Begun>,
        shutdown: Option<&Shutdown>,
    ) -> Response<Body> {
        let stream = session.log.open(begun.len());
        let response = reader::read(session.clone(), stream, None, self.limits.keep_alive);
        for call in begun {
            spawn_unattended(shutdown, call.tell(self.clone(), stream));
        }
        response.unwrap_or_else(no_session)
    }
}
