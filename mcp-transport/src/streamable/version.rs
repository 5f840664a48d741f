//! Which protocol revision a message is served under.
//!
//! | message | revision |
//! |---|---|
//! | `initialize` | the handshake of the revisions before 2026-07-28; the handler negotiates |
//! | with `_meta` that names a revision | that one; the header must name the same |
//! | with a header only | that one; 2026-07-28 and later need `_meta` as well |
//! | neither | 2025-03-26, the last revision without the header |

use http::HeaderMap;
use rmcp::{
    ErrorData,
    model::{ClientCapabilities, ProtocolVersion, RequestMetaObject},
};
use serde::Deserialize;

use crate::exchange::{
    routing::{mismatch, single},
    version::{HEADER, is_modern},
};

const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const META_LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

/// The revisions that a server speaks.
#[derive(Debug)]
pub(super) struct Versions(Vec<ProtocolVersion>);

/// Whether a request's metadata says by which revision it wants to be served.
pub(super) fn names_revision(meta: &RequestMetaObject) -> bool {
    meta.get(META_VERSION).is_some()
}

impl Versions {
    pub(super) fn new(supported: &[ProtocolVersion]) -> Self {
        Self(supported.to_vec())
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
        let meta_version = meta.get(META_VERSION);
        let version = match (header, meta_version.and_then(|value| value.as_str())) {
            (Some(header), Some(body)) if header == body.as_bytes() => self.find(header)?,
            (Some(_), Some(_)) => {
                return Err(mismatch(
                    "MCP-Protocol-Version and _meta name different revisions",
                ));
            }
            (None, Some(_)) => {
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

    fn find(&self, named: &[u8]) -> Result<&ProtocolVersion, ErrorData> {
        // Most requests are of the newest one, which comes last.
        self.0
            .iter()
            .rfind(|version| version.as_str().as_bytes() == named)
            .ok_or_else(|| {
                ErrorData::new(
                    rmcp::model::ErrorCode::UNSUPPORTED_PROTOCOL_VERSION,
                    "unsupported protocol version",
                    Some(serde_json::json!({
                        "requested": String::from_utf8_lossy(named),
                        "supported": self.0,
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
    meta.get(META_VERSION)
        .is_some_and(serde_json::Value::is_string)
        && (declared_nothing || ClientCapabilities::deserialize(capabilities).is_ok())
}
