//! What every request passes first: an id, a trace without secrets, a net for panics, and the
//! checks of `Host` and `Origin`.
//!
//! tower-http has a layer for each but the last. Stacked, they box every response's body twice and
//! nest six futures: a fourteenth of all instructions of a `tools/call`. So this is one layer.

mod body;
mod layer;
mod request_id;

use axum::{
    Router,
    http::{HeaderMap, HeaderName, header},
};
use portcullis_auth::EntropyError;
use portcullis_transport::{GuardLayer, replica::ReplicaLayer};

use layer::PorchLayer;
use request_id::RequestIds;

const REQUEST_SECRETS: [HeaderName; 3] = [
    header::AUTHORIZATION,
    header::COOKIE,
    header::PROXY_AUTHORIZATION,
];
const RESPONSE_SECRETS: [HeaderName; 2] = [header::SET_COOKIE, header::LOCATION];

pub(super) fn layer(
    router: Router,
    guard: GuardLayer,
    replica: Option<ReplicaLayer>,
) -> Result<Router, EntropyError> {
    let porch = PorchLayer::new(RequestIds::new()?);
    // One tuple, outermost first: axum boxes a request once per `layer`.
    Ok(match replica {
        Some(replica) => router.layer((porch, guard, replica)),
        None => router.layer((porch, guard)),
    })
}

/// Marks values that `Debug` must not show, nor HTTP/2 keep in its tables.
fn conceal(headers: &mut HeaderMap, secrets: &[HeaderName]) {
    for (name, value) in headers {
        if secrets.contains(name) {
            value.set_sensitive(true);
        }
    }
}
