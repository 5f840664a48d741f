use rmcp::ServerHandler;

use super::Needs;

/// What the macros know about a server's tools.
///
/// [`#[mcp_server]`](crate::mcp_server) and [`#[tool_handler]`](crate::tool_handler) implement it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say who may use its tools",
    label = "this is not made by portcullis's macros",
    note = "write `#[portcullis::mcp_server]` above `impl {Self} {{ .. }}`, or use portcullis's `#[tool_router]` and `#[tool_handler]`",
    note = "a server made with rmcp alone goes into `McpServer::from_rmcp(..)`"
)]
pub trait ToolPolicies: ServerHandler {
    /// One row per tool. It stays on the server: nothing of it is in `tools/list`.
    #[doc(hidden)]
    fn tool_policies() -> Vec<ToolPolicy>;

    /// One row per prompt.
    #[doc(hidden)]
    fn prompt_policies() -> Vec<PromptPolicy> {
        Vec::new()
    }

    /// Which requests run only code that the macros wrote.
    #[doc(hidden)]
    fn macro_made() -> MacroMade;
}

/// A tool's row: its name, its scopes, and what its arguments need of the server.
#[derive(Debug, Clone)]
pub struct ToolPolicy {
    pub(crate) name: &'static str,
    pub(crate) scopes: Option<&'static [&'static str]>,
    pub(crate) needs: Needs,
}

impl ToolPolicy {
    /// `scopes` is `None` where the author said nothing.
    pub fn new(name: &'static str, scopes: Option<&'static [&'static str]>) -> Self {
        Self {
            name,
            scopes,
            needs: Needs::NONE,
        }
    }

    /// Adds what an argument needs.
    #[must_use]
    pub fn needing(mut self, needs: Needs) -> Self {
        self.needs = self.needs.and(needs);
        self
    }
}

/// A prompt's row: its name and its scopes.
#[derive(Debug, Clone)]
pub struct PromptPolicy {
    pub(crate) name: &'static str,
    pub(crate) scopes: Option<&'static [&'static str]>,
}

impl PromptPolicy {
    /// `scopes` is `None` where the author said nothing.
    pub fn new(name: &'static str, scopes: Option<&'static [&'static str]>) -> Self {
        Self { name, scopes }
    }
}

/// Says that a handler's macro has read the scopes of its prompts. `#[prompt_router]` asks for it, since
/// scopes that nobody reads would leave the prompts open.
#[diagnostic::on_unimplemented(
    message = "nobody reads the scopes of the prompts of `{Self}`",
    label = "has prompts of portcullis's `#[prompt_router]`",
    note = "write portcullis's `#[prompt_handler]` beside `#[tool_handler]`, above `impl ServerHandler for {Self} {{ .. }}`"
)]
pub trait ReadsPromptScopes {}

/// Which methods of a handler the macros wrote.
#[derive(Debug, Clone, Copy, Default)]
pub struct MacroMade {
    /// `tools/call`.
    pub call_tool: bool,
    /// `tools/list`.
    pub list_tools: bool,
    /// `tools/list` is answered the same, whoever asks and whenever.
    pub fixed_tools: bool,
}
