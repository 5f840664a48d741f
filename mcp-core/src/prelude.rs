//! What a server's file needs: `use portcullis::prelude::*;`.

pub use crate::{
    Caller, Json, McpServer, Parameters, ToolError, mcp_server,
    schemars::{self, JsonSchema},
    tool, tool_handler, tool_router,
};
