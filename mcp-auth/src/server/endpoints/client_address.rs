//! Whose request it is, for the limits.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::extract::{ConnectInfo, FromRequestParts};
use http::{HeaderMap, HeaderName, request::Parts};

use crate::server::Server;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the client; `None` where whoever serves the router does not tell it.
pub(super) struct ClientAddress(pub(super) Option<IpAddr>);

impl FromRequestParts<Arc<Server>> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        server: &Arc<Server>,
    ) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|ConnectInfo(address)| address.ip());
        let named = forwarded_for(&parts.headers, server.trusted_hops);
        Ok(Self(named.or(peer)))
    }
}

/// What the outermost of `hops` proxies says who called it: the entry that many from the right. Everything
/// left of it the client may have written itself. `None` if there are fewer entries, or it is no address:
/// then the request came another way than through the proxies, and counts for whoever sent it.
fn forwarded_for(headers: &HeaderMap, hops: usize) -> Option<IpAddr> {
    let lines = headers.get_all(X_FORWARDED_FOR).into_iter();
    let lines = lines.map(|line| line.to_str().unwrap_or_default());
    let entries: Vec<_> = lines.flat_map(|line| line.split(',')).collect();
    let index = entries.len().checked_sub(hops)?;
    address(entries.get(index)?.trim())
}

/// An address, to which some proxies add the port.
fn address(text: &str) -> Option<IpAddr> {
    let ip = text.parse().ok();
    ip.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))
}
