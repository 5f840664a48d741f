//! The two eras of revisions.

use std::sync::OnceLock;

use rmcp::model::ProtocolVersion;

/// Whether a revision has per-request metadata instead of a handshake.
pub(crate) fn is_modern(version: &ProtocolVersion) -> bool {
    !version.has_initialize()
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
