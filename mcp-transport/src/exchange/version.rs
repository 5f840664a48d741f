//! The two eras of revisions.

use std::sync::OnceLock;

use http::{HeaderMap, HeaderName};
use rmcp::model::ProtocolVersion;

use super::routing::single;

/// Names the revision of a request.
pub(crate) static HEADER: HeaderName = HeaderName::from_static("mcp-protocol-version");

/// Whether a revision has per-request metadata instead of a handshake.
pub(crate) fn is_modern(version: &ProtocolVersion) -> bool {
    !version.has_initialize()
}

/// Whether the header of a request names such a revision.
pub(crate) fn names_modern(headers: &HeaderMap) -> bool {
    let Ok(Some(named)) = single(headers, &HEADER) else {
        return false;
    };
    ProtocolVersion::KNOWN_VERSIONS
        .iter()
        .any(|known| known.as_str().as_bytes() == named && is_modern(known))
}

/// What is made once for each revision.
#[derive(Debug)]
pub(crate) struct PerRevision<T>([OnceLock<T>; ProtocolVersion::KNOWN_VERSIONS.len()]);

impl<T> PerRevision<T> {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| OnceLock::new()))
    }

    /// `None` for a revision that rmcp does not know.
    pub(crate) fn slot(&self, version: &ProtocolVersion) -> Option<&OnceLock<T>> {
        // Most requests are of the newest one, which comes last.
        ProtocolVersion::KNOWN_VERSIONS
            .iter()
            .rposition(|known| known == version)
            .and_then(|index| self.0.get(index))
    }
}

/// The revision to hold a handshake under: the client's, unless it names one without handshakes or
/// one that nobody knows.
pub(crate) fn handshake_version(named: &ProtocolVersion) -> &'static ProtocolVersion {
    const NEWEST: &ProtocolVersion = &ProtocolVersion::LATEST_WITH_INITIALIZE;
    ProtocolVersion::KNOWN_VERSIONS
        .iter()
        .find(|known| *known == named && known.has_initialize())
        .unwrap_or(NEWEST)
}
