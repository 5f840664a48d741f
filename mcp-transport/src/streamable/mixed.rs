//! Requests whose header and body are of different revisions.
//!
//! What follows a body makes the header say the same, here and before anything else reads a revision:
//! policy, routing and dispatch find one in each request, whichever of the two they ask.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue};
use rmcp::model::{ProtocolVersion, RequestMetaObject};
use serde_json::Value;

use super::{
    mixed_clients::Fate,
    stateful::names_session,
    version::{Versions, is_of_older, named_revision},
};
use crate::{
    dispatch::decode_meta,
    envelope::{Body, Message, Params, Request, repeats_member_of_meta},
    exchange::{
        routing::single,
        version::{HEADER, is_modern, names_modern},
    },
};

/// What a server does with a request whose `MCP-Protocol-Version` is of another revision than its body.
///
/// The specification wants such a request refused ([2026-07-28, Protocol Version
/// Header](https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#protocol-version-header)),
/// and that is the default: something in front of the server may have believed the header. Some hosted
/// connectors send all of theirs so, and none of their calls succeeds then. A server logs a WARN, once for
/// each client, that says what the client sends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MixedRevisions {
    /// -32020 where the body names another revision than the header, -32602 where the header names
    /// 2026-07-28 and the body has no metadata.
    #[default]
    Refuse,
    /// The body counts. Its `_meta` names the revision; a body without such metadata is of its session's
    /// revision, or else of the newest that has none of it (2025-11-25).
    ///
    /// A request whose body names another revision than its header need not have `Mcp-Method`, `Mcp-Name`
    /// and `Mcp-Param-*`, which its sender may not know. Those that it has are compared with the body, and
    /// refused with -32020 if they contradict it, as ever. Do not set this where something in front of the
    /// server decides by `MCP-Protocol-Version`.
    FollowBody,
}

/// Whether `Mcp-Method`, `Mcp-Name` and `Mcp-Param-*` may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RoutingHeaders {
    /// As the revision of the request has it.
    AsOfRevision,
    /// The header was of a revision that may not know them.
    Optional,
}

impl RoutingHeaders {
    pub(super) fn required(self, version: &ProtocolVersion) -> bool {
        self == Self::AsOfRevision && is_modern(version)
    }
}

impl Versions {
    /// Makes the header of a request agree with its body, where the body counts. A header that occurs
    /// twice, and metadata that nobody can read, are left as they are: they are refused later.
    pub(super) fn settle(
        &self,
        headers: &mut HeaderMap,
        body: &Body<'_>,
        has_sessions: bool,
    ) -> RoutingHeaders {
        if self.mixed == MixedRevisions::Refuse {
            return RoutingHeaders::AsOfRevision;
        }
        let Some(meta) = meta_of(body) else {
            return RoutingHeaders::AsOfRevision;
        };
        if let Some(Value::String(named)) = named_revision(&meta) {
            return self.follow(headers, named);
        }
        // The revision of a handshake is agreed upon by its own params.
        if is_of_older(&meta) && !is_handshake(body) {
            self.follow_older(headers, has_sessions);
        }
        RoutingHeaders::AsOfRevision
    }

    /// As [`settle`](Self::settle) for the requests of a session that have no body.
    pub(super) fn settle_bodiless(&self, headers: &mut HeaderMap) {
        if self.mixed == MixedRevisions::FollowBody && names_session(headers) {
            self.follow_older(headers, true);
        }
    }

    fn follow(&self, headers: &mut HeaderMap, named: &str) -> RoutingHeaders {
        match single(headers, &HEADER) {
            Ok(header) if header != Some(named.as_bytes()) => {}
            Ok(_) | Err(_) => return RoutingHeaders::AsOfRevision,
        }
        let Ok(value) = HeaderValue::try_from(named) else {
            return RoutingHeaders::AsOfRevision;
        };
        self.clients.note(headers, Some(named), Fate::Followed);
        headers.insert(&HEADER, value);
        RoutingHeaders::Optional
    }

    /// For a body without the metadata that the header's revision has.
    fn follow_older(&self, headers: &mut HeaderMap, has_sessions: bool) {
        if !names_modern(headers) {
            return;
        }
        self.clients.note(headers, None, Fate::Followed);
        if has_sessions && names_session(headers) {
            // Without a header, the session's revision is meant.
            headers.remove(&HEADER);
        } else if let Some(newest) = self.newest_older() {
            headers.insert(&HEADER, newest);
        }
    }

    fn newest_older(&self) -> Option<HeaderValue> {
        let older = self.spoken.iter().filter(|it| it.has_initialize());
        let newest = older.max_by_key(|it| it.as_str())?;
        HeaderValue::try_from(newest.as_str()).ok()
    }
}

/// The metadata of a body, empty where it has none; `None` if nobody can tell.
fn meta_of<'a>(body: &'a Body<'_>) -> Option<Cow<'a, RequestMetaObject>> {
    let text = match body {
        Body::Single(Message::Request(request)) => match &request.params {
            Params::Call(call) => {
                return Some(call.meta.as_ref().map(Cow::Borrowed).unwrap_or_default());
            }
            Params::Text(text) => *text,
        },
        Body::Single(Message::Notification { params, .. }) => *params,
        // Both exist in older revisions only.
        Body::Single(Message::Response(_)) | Body::Batch(_) => None,
    };
    if text.is_some_and(repeats_member_of_meta) {
        return None;
    }
    decode_meta(text).ok().map(Cow::Owned)
}

fn is_handshake(body: &Body<'_>) -> bool {
    matches!(body, Body::Single(Message::Request(Request { method, .. })) if method == "initialize")
}
