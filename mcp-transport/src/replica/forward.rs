//! One HTTP request, passed on.

use std::{error::Error, io, sync::Arc};

use axum::body::Body;
use futures_util::StreamExt;
use http::{
    HeaderMap, HeaderName, Method, Request, Response,
    header::{
        CONNECTION, CONTENT_TYPE, HOST, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE,
        TRAILER, TRANSFER_ENCODING, UPGRADE,
    },
    uri::{Authority, PathAndQuery, Scheme, Uri},
};
use http_body_util::BodyExt;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use thiserror::Error;
use tokio::{
    sync::Semaphore,
    time::{Duration, error::Elapsed, timeout},
};

use crate::Shutdown;

/// Marks a request that has been passed on. It is a bound on hops, no credential: whoever sends it
/// only keeps their own request from being passed on.
pub(super) const FORWARDED: HeaderName = HeaderName::from_static("portcullis-forwarded");

const CONNECT: Duration = Duration::from_secs(2);
const PROBE: Duration = Duration::from_secs(15);

/// A call that is answered by JSON sends nothing before it has ended, and may compute for minutes.
/// Beyond this no client and no proxy waits; one that takes longer should say something meanwhile.
const HEAD: Duration = Duration::from_secs(15 * 60);

/// Requests that are passed on at the same time, open streams included. Each takes a connection of its
/// owner: so few that one replica cannot fill another (a server has 10,000 by default).
const AT_A_TIME: usize = 3_000;

/// Connections to one replica that wait for the next request, and how long they do.
const IDLE: usize = 32;
const IDLE_FOR: Duration = Duration::from_secs(30);

/// What belongs to one connection and not to the request, besides the fields that `Connection` names
/// (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [HeaderName; 8] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Why a request could not be passed on.
#[derive(Debug, Error)]
pub(super) enum NotForwarded {
    #[error("the request has no address that can be passed on: {0}")]
    Uri(#[from] http::uri::InvalidUriParts),
    #[error("as many requests are passed on as may be")]
    Busy,
    #[error("the replica has not answered in time")]
    Late(#[from] Elapsed),
    #[error("the replica does not answer: {0}")]
    Unreachable(#[from] hyper_util::client::legacy::Error),
}

impl NotForwarded {
    /// Whether the connection was refused: the host lives, and nobody is there any more. Silence may
    /// also be a replica that is too busy to accept, or a network that is broken for a while.
    pub(super) fn is_gone(&self) -> bool {
        let Self::Unreachable(error) = self else {
            return false;
        };
        if !error.is_connect() {
            return false;
        }
        let mut cause = error.source();
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<io::Error>() {
                return error.kind() == io::ErrorKind::ConnectionRefused;
            }
            cause = error.source();
        }
        false
    }
}

#[derive(Clone)]
pub(super) struct Forwarder {
    client: Client<HttpConnector, Body>,
    room: Arc<Semaphore>,
}

impl Forwarder {
    pub(super) fn new() -> Self {
        Self::with_room_for(AT_A_TIME)
    }

    pub(super) fn with_room_for(requests: usize) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT));
        // A host that is gone says nothing, and a client would listen for ever.
        connector.set_keepalive(Some(PROBE));
        connector.set_keepalive_interval(Some(PROBE));
        connector.set_keepalive_retries(Some(3));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_FOR)
            .pool_max_idle_per_host(IDLE)
            .build(connector);
        Self {
            client,
            room: Arc::new(Semaphore::new(requests)),
        }
    }

    /// The answer of the replica at `to`. `Host` stays the client's, since guards compare it.
    pub(super) async fn forward(
        &self,
        mut request: Request<Body>,
        to: Authority,
    ) -> Result<Response<Body>, NotForwarded> {
        let room = self.room.clone();
        let place = room.try_acquire_owned().map_err(|_| NotForwarded::Busy)?;
        let mut uri = Uri::default().into_parts();
        uri.scheme = Some(Scheme::HTTP);
        uri.authority = Some(to);
        uri.path_and_query = request
            .uri()
            .path_and_query()
            .cloned()
            .or(Some(PathAndQuery::from_static("/")));
        let host = request.uri().authority().cloned();
        *request.uri_mut() = Uri::from_parts(uri)?;
        *request.version_mut() = http::Version::HTTP_11;
        let listens = request.method() == Method::GET;
        let shutdown = request.extensions_mut().remove::<Shutdown>();
        request.extensions_mut().clear();

        let headers = request.headers_mut();
        leave_at_this_hop(headers);
        // HTTP/2 names the host in `:authority`. Where `Host` says something else, the owner gets
        // both, and its guard refuses them.
        if let Some(host) = host.and_then(|host| HeaderValue::try_from(host.as_str()).ok())
            && headers.get(HOST) != Some(&host)
        {
            headers.append(HOST, host);
        }
        headers.insert(FORWARDED, HeaderValue::from_static("1"));

        let response = timeout(HEAD, self.client.request(request)).await??;
        // The place is free when the body has gone.
        let mut response = response.map(|body| {
            Body::new(body.map_frame(move |frame| {
                let _ = &place;
                frame
            }))
        });
        leave_at_this_hop(response.headers_mut());
        Ok(match shutdown {
            Some(shutdown) if listens && is_event_stream(&response) => {
                response.map(|events| until(&shutdown, events))
            }
            _ => response,
        })
    }
}

fn leave_at_this_hop(headers: &mut HeaderMap) {
    let nominated: Vec<_> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|names| names.to_str().ok())
        .flat_map(|names| names.split(','))
        .filter_map(|name| name.trim().parse::<HeaderName>().ok())
        .collect();
    for name in nominated.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

fn is_event_stream<T>(response: &Response<T>) -> bool {
    let kind = response.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

/// The owner does not end a stream because this replica shuts down, and the client can open it again
/// elsewhere: from the last event on.
fn until(shutdown: &Shutdown, events: Body) -> Body {
    let started = shutdown.child_token().cancelled_owned();
    Body::from_stream(events.into_data_stream().take_until(started))
}

#[cfg(test)]
#[path = "forward_tests.rs"]
mod tests;
