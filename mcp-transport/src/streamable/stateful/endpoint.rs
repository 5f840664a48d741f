//! Which requests belong to a session, and to which one.

#![expect(
    clippy::result_large_err,
    reason = "a refusal is the response itself; it is rare, and moved once"
)]

use std::sync::Arc;

use axum::body::Body;
use http::{HeaderMap, Method, Request, Response, StatusCode};

use super::{
    config::Sessions,
    log::{Bounds, parse_event_id},
    reader,
    session::Session,
};
use crate::{
    Limits, OwnerKey, Shutdown,
    exchange::{
        negotiate::Accepts,
        reply::{self, refuse_request},
        routing::single,
    },
    replica::Naming,
    session::{Holder, Kept, NotOpened, SESSION_ID, Table},
};

const LAST_EVENT_ID: &str = "last-event-id";
const METHODS: &str = "GET, POST, DELETE";

/// What all sessions of an endpoint share.
pub(in crate::streamable) struct Stateful {
    pub(super) table: Arc<Table<Session>>,
    pub(super) bounds: Bounds,
    shutdown: Option<Shutdown>,
    pub(super) naming: Naming,
}

/// Whether a request wants to be part of a session.
pub(in crate::streamable) fn names_session(headers: &HeaderMap) -> bool {
    headers.contains_key(&SESSION_ID)
}

impl Stateful {
    pub(in crate::streamable) fn new(sessions: Sessions, limits: &Limits) -> Self {
        let Sessions {
            limits: session_limits,
            shutdown,
            naming,
        } = sessions;
        Self {
            bounds: Bounds {
                events: limits.stream_queue,
                bytes: session_limits.queue_bytes,
                slow_reader: session_limits.slow_reader,
                replay_bytes: session_limits.replay_bytes,
            },
            table: Arc::new(Table::new(Arc::new(session_limits))),
            shutdown,
            naming,
        }
    }

    /// Opens a session, which has no handshake yet.
    pub(super) fn open(&self, holder: Holder) -> Result<Arc<Session>, NotOpened> {
        if let Some(shutdown) = &self.shutdown {
            self.table.watch(shutdown);
        }
        self.table.open(Session::new(
            holder,
            self.table.limits.clone(),
            self.bounds,
        )?)
    }

    /// The session that a request names, if it is this caller's.
    pub(super) fn find(
        &self,
        headers: &HeaderMap,
        owner: Option<OwnerKey>,
    ) -> Result<Arc<Session>, Response<Body>> {
        let id = single(headers, &SESSION_ID)
            .map_err(|error| reply::refuse(StatusCode::BAD_REQUEST, None, &error))?
            .ok_or_else(|| {
                refuse_request(
                    StatusCode::BAD_REQUEST,
                    "Mcp-Session-Id is missing; initialize opens a session",
                )
            })?;
        let session = std::str::from_utf8(id)
            .ok()
            .and_then(|id| self.naming.parse(id).ok())
            .and_then(|id| self.table.find(&id, owner))
            .ok_or_else(no_session)?;
        if session.expired(&self.table.limits) {
            self.table.close(&session.id);
            return Err(no_session());
        }
        session.touch();
        Ok(session)
    }

    /// `GET` and `DELETE`, which only sessions have.
    pub(in crate::streamable) fn attend(
        &self,
        request: &Request<Body>,
        owner: Option<OwnerKey>,
        limits: &Limits,
    ) -> Result<Response<Body>, Response<Body>> {
        match *request.method() {
            Method::GET => self.listen(request.headers(), owner, limits),
            Method::DELETE => self.end(request.headers(), owner),
            _ => Err(reply::method_not_allowed(
                METHODS,
                "this endpoint takes JSON-RPC messages by POST, and has streams to GET",
            )),
        }
    }

    /// The standing stream of a session, or the rest of one that broke.
    fn listen(
        &self,
        headers: &HeaderMap,
        owner: Option<OwnerKey>,
        limits: &Limits,
    ) -> Result<Response<Body>, Response<Body>> {
        if !Accepts::of(headers).is_some_and(|accepts| accepts.events) {
            return Err(refuse_request(
                StatusCode::NOT_ACCEPTABLE,
                "Accept must allow text/event-stream",
            ));
        }
        let session = self.find(headers, owner)?;
        let last = single(headers, LAST_EVENT_ID)
            .map_err(|error| reply::refuse(StatusCode::BAD_REQUEST, None, &error))?;
        let from = match last {
            Some(id) => parse_event_id(id).map(|(stream, event)| (stream, Some(event))),
            None => Some((super::log::STANDING, None)),
        };
        from.and_then(|(stream, after)| reader::read(session, stream, after, limits.keep_alive))
            .ok_or_else(|| {
                refuse_request(
                    StatusCode::BAD_REQUEST,
                    "Last-Event-ID names nothing that is kept; open a stream without it",
                )
            })
    }

    fn end(
        &self,
        headers: &HeaderMap,
        owner: Option<OwnerKey>,
    ) -> Result<Response<Body>, Response<Body>> {
        let session = self.find(headers, owner)?;
        self.table.close(&session.id);
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        Ok(response)
    }
}

/// Says nothing about whether the session is somebody else's.
pub(super) fn no_session() -> Response<Body> {
    refuse_request(
        StatusCode::NOT_FOUND,
        "you have no such session; initialize again, without Mcp-Session-Id",
    )
}
