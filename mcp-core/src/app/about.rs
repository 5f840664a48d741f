//! What a person may know about a server.

use portcullis_auth::ScopeSet;
use rmcp::ServerHandler;
use serde_json::json;

use crate::server::McpServer;

pub(crate) struct About {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) instructions: Option<String>,
    pub(crate) url: String,
    /// The transport as client configurations name it: `http` or `sse`.
    pub(crate) transport: &'static str,
    pub(crate) metadata_url: String,
    pub(crate) issuers: Vec<String>,
    /// Nobody has another credential than a token of theirs.
    #[cfg(feature = "authorization-server")]
    pub(crate) takes_only_tokens: bool,
    pub(crate) anonymous: bool,
    pub(crate) tools: Vec<AboutTool>,
}

pub(crate) struct AboutTool {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) scopes: Vec<String>,
}

impl About {
    pub(crate) fn new<H: ServerHandler>(server: &McpServer<H>) -> Self {
        let info = server.info();
        let tool = |(name, scopes): (&str, &ScopeSet)| AboutTool {
            name: name.to_owned(),
            description: server
                .handler
                .get_tool(name)
                .and_then(|tool| tool.description.map(Into::into)),
            scopes: scopes.iter().map(ToString::to_string).collect(),
        };
        let issuers = server.auth.authorization_servers().iter();
        Self {
            name: server.name(),
            version: info.server_info.version,
            // Written for those who may use the server.
            instructions: info.instructions.filter(|_| server.is_anonymous()),
            url: server.resource.to_string(),
            transport: server.transport_name(),
            metadata_url: server.resource.metadata_url(),
            issuers: issuers.map(ToString::to_string).collect(),
            #[cfg(feature = "authorization-server")]
            takes_only_tokens: server.auth.takes_only_tokens(),
            anonymous: server.is_anonymous(),
            tools: server.tools().map(tool).collect(),
        }
    }

    /// The configuration that most clients take.
    pub(crate) fn client_config(&self) -> String {
        let config =
            json!({ "mcpServers": { &self.name: { "type": self.transport, "url": &self.url } } });
        format!("{config:#}")
    }

    /// The bridge for clients that only start programs.
    pub(crate) fn mcp_remote(&self) -> String {
        let option = match self.transport {
            "sse" => " --transport sse-only",
            _ => "",
        };
        format!("npx mcp-remote {}{option}", self.url)
    }
}
