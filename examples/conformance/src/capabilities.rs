//! What the client of a request says that it can do.

use rmcp::{
    RoleServer,
    model::{ClientCapabilities, LoggingLevel, ProtocolVersion},
    service::RequestContext,
};

/// Whether the request is of 2026-07-28 or later: no session, nothing asked by a request of ours.
pub(crate) fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    context
        .protocol_version()
        .is_some_and(|version| version >= ProtocolVersion::V_2026_07_28)
}

/// The capabilities that the client declared; none if it said nothing.
pub(crate) fn declared(context: &RequestContext<RoleServer>) -> ClientCapabilities {
    context.client_capabilities().unwrap_or_default()
}

/// Whether the client wants log messages of level `info` with this request.
///
/// Before 2026-07-28 a server may log what it likes until a level is set; since then it may log
/// only for a request whose `_meta` names a level.
pub(crate) fn wants_info(context: &RequestContext<RoleServer>) -> bool {
    if !is_modern(context) {
        return true;
    }
    matches!(
        context.meta.log_level(),
        Some(LoggingLevel::Debug | LoggingLevel::Info)
    )
}
