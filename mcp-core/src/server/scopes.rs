//! Who may use what of a server.

use std::collections::BTreeSet;

use portcullis_auth::{InvalidName, ScopeSet};
use rmcp::ServerHandler;

use super::McpServerBuilder;
use crate::{
    error::BuildError,
    policy::{PromptTable, ResourceTable, Scopes, ToolTable},
};

type Rows = Vec<(String, Vec<String>)>;

/// What the author has said beside the macros.
#[derive(Debug, Default)]
pub(super) struct ScopeSettings {
    tools: Rows,
    prompts: Rows,
    resources: Rows,
    pub(super) initial: Option<Vec<String>>,
}

impl ScopeSettings {
    fn is_empty(&self) -> bool {
        self.tools.is_empty() && self.prompts.is_empty() && self.resources.is_empty()
    }
}

impl<H, A> McpServerBuilder<H, A> {
    /// Gives a tool the scopes that its caller must hold, all of them; none lets every
    /// authenticated caller use it.
    ///
    /// For servers made with rmcp alone. For others it overrides what the tool says itself.
    pub fn tool_scopes<S: Into<String>>(
        mut self,
        tool: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        self.scopes.tools.push(row(tool, scopes));
        self
    }

    /// Gives a prompt the scopes that its caller must hold, all of them; none lets every
    /// authenticated caller use it. They are also asked when an argument of the prompt is completed.
    ///
    /// For servers made with rmcp alone. For others it overrides what the prompt says itself.
    pub fn prompt_scopes<S: Into<String>>(
        mut self,
        prompt: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        self.scopes.prompts.push(row(prompt, scopes));
        self
    }

    /// Gives resources the scopes that their reader must hold, all of them; none lets every
    /// authenticated caller read them.
    ///
    /// `uri` is a URI, or a URI template, which stands for everything that begins as it does up to
    /// its first variable: `book://{title}`. Where several cover a URI, the scopes of all are needed;
    /// so, too, where another way to write it, such as with a port or a slash at the end, is covered.
    /// Once anything of the server has scopes, what is not covered does not exist for clients, and a
    /// server with resources needs a rule, or [`open_resources`](Self::open_resources). The rules hold
    /// for reading, for subscriptions, and for completing a variable of the template. Lists stay
    /// complete: what clients do not see, they cannot ask for.
    ///
    /// ```
    /// use portcullis::{auth::danger, prelude::*};
    /// # struct Clock;
    /// # #[mcp_server(name = "clock")]
    /// # impl Clock {
    /// #     /// Says that it is noon.
    /// #     #[tool(scopes())]
    /// #     async fn now(&self) -> String { "noon".into() }
    /// # }
    ///
    /// let server = McpServer::new("http://localhost:8080/mcp", Clock)
    ///     .resource_scopes("book://{title}", ["library/read"])
    ///     .resource_scopes("book://rare/{title}", ["library/rare"]) // and library/read
    ///     .auth(danger::anonymous())
    ///     .build()?;
    /// assert_eq!(server.scopes().len(), 2);
    /// # Ok::<(), portcullis::BuildError>(())
    /// ```
    pub fn resource_scopes<S: Into<String>>(
        mut self,
        uri: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        self.scopes.resources.push(row(uri, scopes));
        self
    }

    /// Lets every authenticated caller read every resource, beside tools or prompts with scopes.
    ///
    /// It is a rule that covers every URI and asks for nothing, so those of
    /// [`resource_scopes`](Self::resource_scopes) still hold for what they cover.
    pub fn open_resources(self) -> Self {
        self.resource_scopes("{+uri}", [""; 0])
    }

    /// The scopes that clients ask for when they sign in: those of the 401 challenge and of
    /// `scopes_supported` in the metadata. What a call needs beyond them, a client asks for when
    /// it meets the 403 (step-up).
    ///
    /// Default: the scopes that every tool, prompt and resource with scopes needs; where none is
    /// common to them, all.
    pub fn initial_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes.initial = Some(scopes.into_iter().map(Into::into).collect());
        self
    }
}

impl<H: ServerHandler, A> McpServerBuilder<H, A> {
    /// The macros' rows and the explicit ones.
    pub(crate) fn declared_scopes(&self) -> Result<Scopes, BuildError> {
        let declared_only = self.has_scopes();
        Ok(Scopes {
            tools: self.tool_table(declared_only)?,
            prompts: self.prompt_table(declared_only)?,
            resources: self.resource_table(declared_only)?,
        })
    }

    /// Whether the author has said who may use something, of whichever kind. Then nothing of any kind
    /// is open that does not say so: scopes on the tools alone would look as if they guarded the rest.
    fn has_scopes(&self) -> bool {
        let tools = self.policies.iter().filter_map(|tool| tool.scopes);
        let prompts = self.prompts.iter().filter_map(|prompt| prompt.scopes);
        !self.scopes.is_empty() || tools.chain(prompts).any(|scopes| !scopes.is_empty())
    }

    fn tool_table(&self, declared_only: bool) -> Result<ToolTable, BuildError> {
        // A misspelt name would leave the tool that was meant with the scopes of its macro. (A handler
        // that was made by hand cannot be asked; there, what is not named is refused.)
        let made_by_macros = !self.policies.is_empty();
        let is_misspelt = |name: &str| made_by_macros && self.handler.get_tool(name).is_none();
        if let Some((tool, _)) = self.scopes.tools.iter().find(|(name, _)| is_misspelt(name)) {
            return Err(BuildError::NoSuchTool(tool.clone()));
        }
        once(&self.scopes.tools)?;
        let explicit = parse(&self.scopes.tools, |tool, source| BuildError::Scope {
            tool,
            source,
        })?;
        let pages = self.lists.check(self.made.list_tools)?;
        let table = ToolTable::new(&self.policies, explicit, self.made, declared_only)?;
        let table = table.with_pages(pages);
        if self.voice.sealing_keys.is_none()
            && let Some(tool) = table.asking()
        {
            return Err(BuildError::NoSealingKeys(tool.to_owned()));
        }
        table.with_schemas(|tool| self.handler.get_tool(tool))
    }

    fn prompt_table(&self, declared_only: bool) -> Result<PromptTable, BuildError> {
        let made_by_macros = !self.prompts.is_empty();
        let has_prompts = self.handler.get_info().capabilities.prompts.is_some();
        if declared_only && has_prompts && !made_by_macros && self.scopes.prompts.is_empty() {
            return Err(BuildError::UnsaidPrompts);
        }
        let is_misspelt =
            |name: &str| made_by_macros && !self.prompts.iter().any(|prompt| prompt.name == name);
        let mut explicit = self.scopes.prompts.iter();
        if let Some((prompt, _)) = explicit.find(|(name, _)| is_misspelt(name)) {
            return Err(BuildError::NoSuchPrompt(prompt.clone()));
        }
        once(&self.scopes.prompts)?;
        let explicit = parse(&self.scopes.prompts, |prompt, source| {
            BuildError::PromptScope { prompt, source }
        })?;
        PromptTable::new(&self.prompts, &explicit, declared_only)
    }

    fn resource_table(&self, declared_only: bool) -> Result<ResourceTable, BuildError> {
        let can = self.handler.get_info().capabilities;
        let has_resources = can.resources.is_some() || can.supports_skills();
        if declared_only && has_resources && self.scopes.resources.is_empty() {
            return Err(BuildError::UnsaidResourceScopes);
        }
        let rules = parse(&self.scopes.resources, |uri, source| {
            BuildError::ResourceScope { uri, source }
        })?;
        ResourceTable::new(rules, declared_only)
    }
}

fn row<S: Into<String>>(
    name: impl Into<String>,
    scopes: impl IntoIterator<Item = S>,
) -> (String, Vec<String>) {
    (name.into(), scopes.into_iter().map(Into::into).collect())
}

/// Of two rows one would hold, and an author who reads the other would not know which.
fn once(rows: &Rows) -> Result<(), BuildError> {
    let mut names = BTreeSet::new();
    match rows.iter().find(|(name, _)| !names.insert(name)) {
        Some((name, _)) => Err(BuildError::ScopesTwice(name.clone())),
        None => Ok(()),
    }
}

fn parse(
    rows: &Rows,
    error: impl Fn(String, InvalidName) -> BuildError,
) -> Result<Vec<(String, ScopeSet)>, BuildError> {
    let parsed = rows.iter().map(|(name, scopes)| {
        let scopes = ScopeSet::new(scopes).map_err(|source| error(name.clone(), source))?;
        Ok((name.clone(), scopes))
    });
    parsed.collect()
}
