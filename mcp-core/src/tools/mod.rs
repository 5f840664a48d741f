//! What a tool may be asked, who asks, and what it says when it fails.

mod caller;
mod error;
mod info;
mod needs;
mod policies;
mod router;
mod signature;

pub use caller::Caller;
pub(crate) use caller::principal;
pub use error::ToolError;
pub use info::fill_in_info;
pub(crate) use info::names_rmcp;
pub(crate) use needs::Needs;
pub(crate) use needs::Probe;
pub use needs::UnknownNeeds;
pub use policies::{MacroMade, PromptPolicy, ReadsPromptScopes, ToolPolicies, ToolPolicy};
pub use router::shared_router;
pub use signature::{argument, input_schema, returns};
