use std::{borrow::Cow, collections::BTreeMap};

use portcullis_auth::ScopeSet;
use portcullis_transport::{Call, ParamHeaders, PeerUse, Subject};
use rmcp::model::Tool;

use super::ToolPages;
use crate::{
    error::BuildError,
    schema::Contract,
    tools::{MacroMade, Needs, ToolPolicy},
};

/// Every declared tool with what it asks of its caller.
#[derive(Debug)]
pub(crate) struct ToolTable {
    tools: BTreeMap<String, Rule>,
    made: MacroMade,
    /// Whether a tool that is not in the table is refused.
    declared_only: bool,
    pages: ToolPages,
}

#[derive(Debug)]
struct Rule {
    scopes: ScopeSet,
    needs: Needs,
    param_headers: ParamHeaders,
    /// `None`, if the handler does not say which schemas the tool has.
    contract: Option<Contract>,
}

impl ToolTable {
    /// Puts the macros' rows and the explicit ones together; an explicit one wins.
    ///
    /// With `declared_only`, every tool must say something: what is forgotten is an error here and
    /// refused at run time, never open.
    pub(crate) fn new(
        policies: &[ToolPolicy],
        explicit: Vec<(String, ScopeSet)>,
        made: MacroMade,
        declared_only: bool,
    ) -> Result<Self, BuildError> {
        let mut tools = BTreeMap::new();
        let mut unsaid = Vec::new();
        for policy in policies {
            if policy.needs.questions > 1 {
                return Err(BuildError::TwoQuestions(policy.name.to_owned()));
            }
            if policy.scopes.is_none() && !explicit.iter().any(|(name, _)| name == policy.name) {
                unsaid.push(policy.name);
            }
            let scopes = ScopeSet::new(policy.scopes.into_iter().flatten().copied());
            let rule = Rule {
                scopes: scopes.map_err(|source| BuildError::Scope {
                    tool: policy.name.to_owned(),
                    source,
                })?,
                needs: policy.needs,
                param_headers: ParamHeaders::default(),
                contract: None,
            };
            if tools.insert(policy.name.to_owned(), rule).is_some() {
                return Err(BuildError::DuplicateTool(policy.name.to_owned()));
            }
        }
        for (name, scopes) in explicit {
            let rule = tools.entry(name).or_insert(Rule {
                scopes: ScopeSet::default(),
                needs: Needs::PEER,
                param_headers: ParamHeaders::default(),
                contract: None,
            });
            rule.scopes = scopes;
        }
        if declared_only && !unsaid.is_empty() {
            return Err(BuildError::UnsaidScopes(unsaid.join("`, `")));
        }
        Ok(Self {
            tools,
            made,
            declared_only,
            pages: ToolPages::default(),
        })
    }

    pub(crate) fn with_pages(mut self, pages: ToolPages) -> Self {
        self.pages = pages;
        self
    }

    /// How the tools are listed.
    pub(super) fn pages(&self) -> ToolPages {
        self.pages
    }

    /// Reads the schemas, once: the router that the macros make does not change. They say which
    /// arguments are repeated in headers, and what calls are checked against.
    pub(crate) fn with_schemas(
        mut self,
        tool: impl Fn(&str) -> Option<Tool>,
    ) -> Result<Self, BuildError> {
        for (name, rule) in &mut self.tools {
            let Some(tool) = tool(name) else { continue };
            let headers = ParamHeaders::checked(&tool.input_schema);
            rule.param_headers = headers.map_err(|source| BuildError::ParamHeader {
                tool: name.clone(),
                source,
            })?;
            let contract = Contract::of(&tool).map_err(|reason| BuildError::Schema {
                tool: name.clone(),
                reason,
            })?;
            rule.contract = Some(contract);
        }
        Ok(self)
    }

    /// What calls of a tool are checked against, if the server knows its schemas.
    pub(super) fn contract(&self, tool: &str) -> Option<&Contract> {
        self.tools.get(tool)?.contract.as_ref()
    }

    /// Which arguments of a tool are repeated in headers; `None`, if the handler must be asked.
    pub(crate) fn param_headers(&self, tool: &str) -> Option<ParamHeaders> {
        let rule = self.tools.get(tool).filter(|_| self.made.call_tool)?;
        Some(rule.param_headers.clone())
    }

    /// `None`, if it must be taken for one that does not exist.
    pub(super) fn scopes(&self, tool: &str) -> Option<Cow<'_, ScopeSet>> {
        match self.tools.get(tool) {
            Some(rule) => Some(Cow::Borrowed(&rule.scopes)),
            None if self.declared_only => None,
            None => Some(Cow::Owned(ScopeSet::default())),
        }
    }

    /// What answering may send something to the client with; a peer, unless the macros know better.
    pub(crate) fn peer_use(&self, call: &Call<'_>) -> PeerUse {
        match (call.method, call.subject) {
            (_, Subject::Tool(tool)) if self.made.call_tool => {
                let rule = self.tools.get(tool);
                rule.map_or(PeerUse::Fresh, |rule| rule.needs.peer_use)
            }
            ("tools/list", _) if self.made.list_tools => PeerUse::None,
            _ => PeerUse::Fresh,
        }
    }

    /// Whether everybody gets the same list of tools, for good; no, unless the macros know better.
    pub(crate) fn has_fixed_tools(&self) -> bool {
        self.made.fixed_tools && self.pages.per_page.is_none()
    }

    /// Whether the tool may ask its user something; yes, unless the macros know better.
    pub(crate) fn may_ask(&self, tool: &str) -> bool {
        let rule = self.tools.get(tool).filter(|_| self.made.call_tool);
        rule.is_none_or(|rule| rule.needs.questions > 0)
    }

    /// Whether some tool does its work as a task.
    pub(crate) fn begin_tasks(&self) -> bool {
        self.tools.values().any(|rule| rule.needs.tasks)
    }

    /// A tool that is known to ask its user something.
    pub(crate) fn asking(&self) -> Option<&str> {
        let mut tools = self.tools.iter();
        let (name, _) = tools.find(|(_, rule)| rule.needs.questions > 0)?;
        Some(name)
    }

    /// Whether some tool is known to send log messages.
    pub(crate) fn logs(&self) -> bool {
        self.tools.values().any(|rule| rule.needs.logging)
    }

    /// The declared tools and their scopes, in the order of their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &ScopeSet)> {
        self.tools
            .iter()
            .map(|(name, rule)| (name.as_str(), &rule.scopes))
    }
}
