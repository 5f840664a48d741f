#![doc = include_str!("../README.md")]

#[cfg(feature = "http")]
mod app;
#[cfg(feature = "testing")]
pub mod dev;
mod error;
mod policy;
#[cfg(feature = "valkey")]
mod replicas;
mod say;
mod schema;
mod server;
mod stdio;
#[cfg(feature = "testing")]
pub mod testing;
mod tools;
mod work;

#[cfg(feature = "http")]
pub use app::App;
pub use error::BuildError;
pub use portcullis_auth as auth;
pub use portcullis_macros::{
    mcp_server, prompt, prompt_handler, prompt_router, tool, tool_handler, tool_router,
};
pub use portcullis_transport as transport;
#[cfg(feature = "lambda")]
pub use portcullis_transport::lambda;
#[cfg(feature = "http")]
pub use portcullis_transport::{Shutdown, serve};
#[cfg(feature = "valkey")]
pub use replicas::replica_keys;
pub use rmcp::{self, Json, handler::server::wrapper::Parameters, schemars};
pub use say::{Answer, Ask, Events, Log, Progress, Reply, Turn};
pub use server::{McpServer, McpServerBuilder, NoAuth};
pub use stdio::StdioError;
pub use tools::{Caller, ToolError, ToolPolicies};
pub use work::{LongWork, Running, TaskLimits};

pub mod prelude;

/// For the code that the macros write; not part of the API.
#[doc(hidden)]
pub mod __private {
    pub use rmcp;

    pub use crate::tools::{
        MacroMade, PromptPolicy, ReadsPromptScopes, ToolPolicy, UnknownNeeds, argument,
        fill_in_info, input_schema, returns, shared_router,
    };
}
