//! What a tool can say besides its result: progress and log messages while it runs, a question to
//! the user, and events for clients that listen.

mod ask;
mod converse;
mod events;
mod form;
mod interest;
mod listen;
mod log;
mod progress;
mod seal;
mod speaker;
mod turn;
mod voice;

pub use ask::{Answer, Ask, Reply};
pub(crate) use converse::{converse, converses};
pub use events::Events;
pub use log::Log;
pub use progress::Progress;
pub use turn::Turn;
pub(crate) use voice::{Voice, VoiceSettings};

use rmcp::{RoleServer, model::ProtocolVersion, service::RequestContext};

/// Whether the client can be asked and told things as 2026-07-28 does it.
pub(crate) fn is_modern(context: &RequestContext<RoleServer>) -> bool {
    let version = context.protocol_version();
    version.is_some_and(|version| is_modern_version(&version))
}

/// Whether it is 2026-07-28 or newer.
pub(crate) fn is_modern_version(version: &ProtocolVersion) -> bool {
    version.as_str() >= ProtocolVersion::V_2026_07_28.as_str()
}
