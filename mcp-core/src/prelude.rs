//! What a server's file needs: `use portcullis::prelude::*;`.

#[cfg(feature = "http")]
pub use crate::{App, Shutdown};
pub use portcullis_auth::{ApiKeys, Bearer, Principal, danger};
#[cfg(feature = "jwt")]
pub use portcullis_auth::{Cognito, Issuers, Oidc};

pub use crate::{
    Ask, Caller, Json, Log, LongWork, McpServer, Parameters, Progress, Reply, ToolError, Turn,
    mcp_server, prompt, prompt_handler, prompt_router,
    schemars::{self, JsonSchema},
    tool, tool_handler, tool_router,
};
