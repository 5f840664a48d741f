//! What a tool may be asked, who asks, and what it says when it fails.

mod caller;
mod error;
mod peer;
mod policies;
mod router;
mod signature;

pub use caller::Caller;
pub(crate) use caller::principal;
pub use error::ToolError;
pub use peer::MayUsePeer;
pub(crate) use peer::Probe;
pub use policies::{MacroMade, ToolPolicies, ToolPolicy};
pub use router::shared_router;
pub use signature::{argument, returns};
