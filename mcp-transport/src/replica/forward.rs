//! One HTTP request, passed on.

use axum::body::Body;
use http::{
    HeaderName, Request, Response,
    header::{
        CONNECTION, HOST, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
        TRANSFER_ENCODING, UPGRADE,
    },
    uri::{Authority, PathAndQuery, Scheme, Uri},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use thiserror::Error;
use tokio::time::Duration;

/// Marks a request that has been passed on. It is a bound on hops, no credential: whoever sends it
/// only keeps their own request from being passed on.
pub(super) const FORWARDED: HeaderName = HeaderName::from_static("portcullis-forwarded");

const CONNECT: Duration = Duration::from_secs(2);
const PROBE: Duration = Duration::from_secs(15);

/// What belongs to one connection and not to the request (RFC 9110, section 7.6.1).
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
    #[error("the replica does not answer: {0}")]
    Unreachable(#[from] hyper_util::client::legacy::Error),
}

#[derive(Clone)]
pub(super) struct Forwarder(Client<HttpConnector, Body>);

impl Forwarder {
    pub(super) fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT));
        // A host that is gone says nothing, and a client would listen for ever.
        connector.set_keepalive(Some(PROBE));
        connector.set_keepalive_interval(Some(PROBE));
        connector.set_keepalive_retries(Some(3));
        Self(Client::builder(TokioExecutor::new()).build(connector))
    }

    /// The answer of the replica at `to`. `Host` stays the client's, since guards compare it.
    pub(super) async fn forward(
        &self,
        mut request: Request<Body>,
        to: Authority,
    ) -> Result<Response<Body>, NotForwarded> {
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
        request.extensions_mut().clear();

        let headers = request.headers_mut();
        HOP_BY_HOP.iter().for_each(|name| {
            headers.remove(name);
        });
        // HTTP/2 names the host in `:authority`. Where `Host` says something else, the owner gets
        // both, and its guard refuses them.
        if let Some(host) = host.and_then(|host| HeaderValue::try_from(host.as_str()).ok())
            && headers.get(HOST) != Some(&host)
        {
            headers.append(HOST, host);
        }
        headers.insert(FORWARDED, HeaderValue::from_static("1"));

        let mut response = self.0.request(request).await?.map(Body::new);
        HOP_BY_HOP.iter().for_each(|name| {
            response.headers_mut().remove(name);
        });
        Ok(response)
    }
}
