//! The two eras of revisions.

use rmcp::model::ProtocolVersion;

/// Whether a revision has per-request metadata instead of a handshake.
pub(crate) fn is_modern(version: &ProtocolVersion) -> bool {
    !version.has_initialize()
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
