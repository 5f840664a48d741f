//! Which protocol revision a message is served under.
//!
//! | message | revision |
//! |---|---|
//! | `initialize` | the handshake of the revisions before 2026-07-28; the handler negotiates |
//! | with `_meta` that names a revision | that one; the header must name the same |
//! | with a header only | that one; 2026-07-28 and later need `_meta` as well |
//! | neither | 2025-03-26, the last revision without the header |
//!
//! Where a server follows the body, the header has been made to [agree](super::mixed) before.

use http::HeaderMap;
use rmcp::{
    ErrorData,
    model::{ClientCapabilities, ProtocolVersion, RequestMetaObject},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    mixed::MixedRevisions,
    mixed_clients::{Fate, MixedClients},
};
use crate::exchange::{
    routing::{mismatch, single},
    version::{HEADER, is_modern},
};

const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const META_LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

/// The revisions that a server speaks, and what it does with requests that mix them.
#[derive(Debug)]
pub(super) struct Versions {
    pub(super) spoken: Vec<ProtocolVersion>,
    pub(super) mixed: MixedRevisions,
    pub(super) clients: MixedClients,
}

/// By which revision a request's metadata says that it wants to be served.
pub(super) fn named_revision(meta: &RequestMetaObject) -> Option<&Value> {
    meta.get(META_VERSION)
}

/// Whether a request has nothing of the metadata of 2026-07-28, as those of older revisions.
pub(super) fn is_of_older(meta: &RequestMetaObject) -> bool {
    named_revision(meta).is_none() && meta.get(META_CAPABILITIES).is_none()
}

impl Versions {
    pub(super) fn new(supported: &[ProtocolVersion], mixed: MixedRevisions) -> Self {
        Self {
            spoken: supported.to_vec(),
            mixed,
            clients: MixedClients::default(),
        }
    }

    /// The revision that the header names, or the one that its absence means.
    ///
    /// # Errors
    ///
    /// -32022 for a revision that this server does not speak, -32020 for two headers.
    pub(super) fn of_header(&self, headers: &HeaderMap) -> Result<&ProtocolVersion, ErrorData> {
        match single(headers, &HEADER)? {
            Some(named) => self.find(named),
            None => Ok(&ProtocolVersion::V_2025_03_26),
        }
    }

    /// The revision of a request other than `initialize`.
    ///
    /// # Errors
    ///
    /// -32020 where header and `_meta` disagree, -32022 for a revision that this server does not
    /// speak, -32602 where 2026-07-28 misses its metadata or names a log level that does not exist.
    pub(super) fn of_request(
        &self,
        method: &str,
        headers: &HeaderMap,
        meta: &RequestMetaObject,
    ) -> Result<&ProtocolVersion, ErrorData> {
        let header = single(headers, &HEADER)?;
        let meta_version = named_revision(meta);
        let version = match (header, meta_version.and_then(|value| value.as_str())) {
            (Some(header), Some(body)) if header == body.as_bytes() => self.find(header)?,
            (Some(_), Some(body)) => {
                self.clients.note(headers, Some(body), Fate::Refused);
                return Err(mismatch(
                    "MCP-Protocol-Version and _meta name different revisions",
                ));
            }
            (None, Some(body)) => {
                self.clients.note(headers, Some(body), Fate::Refused);
                return Err(mismatch(
                    "_meta names a revision, so MCP-Protocol-Version must too",
                ));
            }
            (Some(header), None) => self.find(header)?,
            (None, None) => &ProtocolVersion::V_2025_03_26,
        };
        // A misspelt revision in `_meta` is no absent one, and discovery exists only with metadata.
        let self_contained =
            is_modern(version) || meta_version.is_some() || method == "server/discover";
        if self_contained && !has_required_keys(meta) {
            if is_modern(version) && is_of_older(meta) {
                self.note_older(headers);
            }
            return Err(ErrorData::invalid_params(
                "params._meta must hold io.modelcontextprotocol/protocolVersion and \
                 io.modelcontextprotocol/clientCapabilities",
                None,
            ));
        }
        if self_contained && meta.get(META_LOG_LEVEL).is_some() && meta.log_level().is_none() {
            return Err(ErrorData::invalid_params(
                "params._meta names a log level that does not exist",
                None,
            ));
        }
        Ok(version)
    }

    /// Notes that a body of an older revision has a header of 2026-07-28, and is refused.
    pub(super) fn note_older(&self, headers: &HeaderMap) {
        self.clients.note(headers, None, Fate::Refused);
    }

    fn find(&self, named: &[u8]) -> Result<&ProtocolVersion, ErrorData> {
        // Most requests are of the newest one, which comes last.
        self.spoken
            .iter()
            .rfind(|version| version.as_str().as_bytes() == named)
            .ok_or_else(|| {
                ErrorData::new(
                    rmcp::model::ErrorCode::UNSUPPORTED_PROTOCOL_VERSION,
                    "unsupported protocol version",
                    Some(serde_json::json!({
                        "requested": String::from_utf8_lossy(named),
                        "supported": self.spoken,
                    })),
                )
            })
    }
}

fn has_required_keys(meta: &RequestMetaObject) -> bool {
    let Some(capabilities) = meta.get(META_CAPABILITIES) else {
        return false;
    };
    let declared_nothing = capabilities
        .as_object()
        .is_some_and(serde_json::Map::is_empty);
    named_revision(meta).is_some_and(Value::is_string)
        && (declared_nothing || ClientCapabilities::deserialize(capabilities).is_ok())
}
