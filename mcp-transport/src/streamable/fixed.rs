//! `tools/list`, where it is the same for every caller: encoded once per revision.
//!
//! A long list is most of what such a request costs: its schemas are cloned and encoded. What stays
//! of them is the text of the `result`; the `id` is the request's own.

use http::request::Parts;
use rmcp::model::ClientRequest;
use serde_json::value::{RawValue, to_raw_value};

use super::{message::Admitted, service::Endpoint};
use crate::{
    Handler,
    dispatch::{call, context},
    exchange::{
        reply::Reply,
        version::{PerRevision, is_modern},
    },
};

/// The encoded results.
pub(super) type FixedTools = PerRevision<Box<RawValue>>;

impl<H: Handler> Endpoint<H> {
    pub(super) fn is_fixed(&self, admitted: &Admitted) -> bool {
        matches!(admitted.typed.request, ClientRequest::ListToolsRequest(_))
            && self.handler.has_fixed_tools()
    }

    pub(super) fn known_tools(&self, admitted: &Admitted) -> Option<Reply> {
        let known = self.fixed_tools.slot(&admitted.version)?.get()?;
        let modern = is_modern(&admitted.version);
        Some(Reply::again(&admitted.id, known, modern))
    }

    /// The handler's answer, kept if it is a result.
    pub(super) async fn list_tools(&self, admitted: Admitted, parts: Parts) -> Reply {
        let Admitted {
            id, version, typed, ..
        } = admitted;
        let modern = is_modern(&version);
        let peer = self.peers.get(&version);
        let context = context(id.clone(), typed.meta, peer, parts);
        let encoded = match call(&*self.handler, typed.request, context).await {
            Ok(mut result) if modern => to_raw_value(&self.signature.sign(&mut result)),
            Ok(result) => to_raw_value(&result),
            Err(error) => return Reply::error(&id, &error, modern),
        };
        let Ok(encoded) = encoded else {
            return Reply::internal_error(&id, modern);
        };
        let reply = Reply::again(&id, &encoded, modern);
        if let Some(slot) = self.fixed_tools.slot(&version) {
            slot.get_or_init(|| encoded);
        }
        reply
    }
}
