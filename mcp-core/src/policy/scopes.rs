use std::borrow::Cow;

use portcullis_auth::ScopeSet;
use portcullis_transport::Subject;

use super::{prompts::PromptTable, resources::ResourceTable, tools::ToolTable};

/// What everything of a server asks of its callers.
#[derive(Debug)]
pub(crate) struct Scopes {
    pub(crate) tools: ToolTable,
    pub(crate) prompts: PromptTable,
    pub(crate) resources: ResourceTable,
}

impl Scopes {
    /// All scopes of a subject other than a task; `None`, if it must be taken for one that does not
    /// exist.
    pub(crate) fn of(&self, subject: Subject<'_>) -> Option<Cow<'_, ScopeSet>> {
        match subject {
            Subject::Tool(name) => self.tools.scopes(name),
            Subject::Prompt(name) => self.prompts.scopes(name),
            Subject::Resource(uri) => self.resources.scopes(uri),
            Subject::Resources(uris) => self.resources.scopes_of_all(uris),
            _ => None,
        }
    }

    /// The scopes that a client asks for at first: those that everything with scopes needs, so that
    /// each of them is of use; all scopes, where no scope is common.
    pub(crate) fn initial(&self) -> ScopeSet {
        let tools = self.tools.iter().map(|(_, scopes)| Cow::Borrowed(scopes));
        let prompts = self.prompts.iter().map(|(_, scopes)| Cow::Borrowed(scopes));
        let common = tools
            .chain(prompts)
            .chain(self.resources.needed())
            .filter(|scopes| !scopes.is_empty())
            .map(Cow::into_owned)
            .reduce(|common, scopes| common.intersection(&scopes))
            .unwrap_or_default();
        if common.is_empty() {
            return self.all();
        }
        common
    }

    /// Who needs which scopes, as the author calls it.
    #[cfg(all(feature = "authorization-server", feature = "http"))]
    pub(crate) fn needs(&self) -> impl Iterator<Item = (String, &ScopeSet)> {
        let tools = self.tools.iter();
        let tools = tools.map(|(name, scopes)| (format!("the tool `{name}`"), scopes));
        let prompts = self.prompts.iter();
        let prompts = prompts.map(|(name, scopes)| (format!("the prompt `{name}`"), scopes));
        let resources = self.resources.iter();
        let resources = resources.map(|(uri, scopes)| (format!("the resource `{uri}`"), scopes));
        tools.chain(prompts).chain(resources)
    }

    /// Every scope that something asks for.
    pub(crate) fn all(&self) -> ScopeSet {
        let tools = self.tools.iter().map(|(_, scopes)| scopes);
        let prompts = self.prompts.iter().map(|(_, scopes)| scopes);
        let resources = self.resources.iter().map(|(_, scopes)| scopes);
        let all = tools.chain(prompts).chain(resources).flatten();
        all.cloned().collect()
    }
}
