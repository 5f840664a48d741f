use std::collections::BTreeMap;

use portcullis_auth::{Principal, ScopeSet};
use portcullis_transport::ParamHeaders;
use rmcp::model::Tool;

use crate::{
    error::BuildError,
    tools::{MacroMade, Needs, ToolPolicy},
};

/// Every declared tool with what it asks of its caller.
#[derive(Debug)]
pub(crate) struct ToolTable {
    tools: BTreeMap<String, Rule>,
    made: MacroMade,
    /// Whether a tool that is not in the table is refused.
    declared_only: bool,
    anonymous: bool,
}

#[derive(Debug)]
struct Rule {
    scopes: ScopeSet,
    needs: Needs,
    param_headers: ParamHeaders,
}

/// What the table says to a call.
pub(crate) enum Verdict<'a> {
    Allowed,
    /// The caller lacks some of these: all scopes of the operation, so that one challenge is enough.
    Needs(&'a ScopeSet),
    /// No such tool, as far as anybody outside may know.
    Unknown,
    /// Nobody has been authenticated.
    NoCaller,
}

impl ToolTable {
    /// Puts the macros' rows and the explicit ones together; an explicit one wins.
    ///
    /// Once one tool has scopes, every tool must say something: what is forgotten is an error here
    /// and refused at run time, never open.
    pub(crate) fn new(
        policies: &[ToolPolicy],
        explicit: Vec<(String, ScopeSet)>,
        made: MacroMade,
    ) -> Result<Self, BuildError> {
        let mut tools = BTreeMap::new();
        let mut unsaid = Vec::new();
        for policy in policies {
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
            };
            if tools.insert(policy.name.to_owned(), rule).is_some() {
                return Err(BuildError::DuplicateTool(policy.name.to_owned()));
            }
        }
        let has_explicit = !explicit.is_empty();
        for (name, scopes) in explicit {
            let rule = tools.entry(name).or_insert(Rule {
                scopes: ScopeSet::default(),
                needs: Needs::PEER,
                param_headers: ParamHeaders::default(),
            });
            rule.scopes = scopes;
        }
        let declared_only = has_explicit || tools.values().any(|rule| !rule.scopes.is_empty());
        if declared_only && !unsaid.is_empty() {
            return Err(BuildError::UnsaidScopes(unsaid.join("`, `")));
        }
        Ok(Self {
            tools,
            made,
            declared_only,
            anonymous: false,
        })
    }

    /// Reads from the input schemas which arguments are repeated in headers, once: the router that
    /// the macros make does not change.
    pub(crate) fn with_param_headers(
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
        }
        Ok(self)
    }

    /// Which arguments of a tool are repeated in headers; `None`, if the handler must be asked.
    pub(crate) fn param_headers(&self, tool: &str) -> Option<ParamHeaders> {
        let rule = self.tools.get(tool).filter(|_| self.made.call_tool)?;
        Some(rule.param_headers.clone())
    }

    /// Lets every call pass: the author has said `danger::anonymous()`, and without callers there
    /// are no scopes to look at.
    pub(crate) fn open_to_everybody(self) -> Self {
        Self {
            anonymous: true,
            ..self
        }
    }

    pub(crate) fn judge(&self, tool: &str, caller: Option<&Principal>) -> Verdict<'_> {
        let Some(rule) = self.tools.get(tool) else {
            return if self.declared_only {
                Verdict::Unknown
            } else {
                self.judge_caller(caller)
            };
        };
        match (self.judge_caller(caller), caller) {
            (Verdict::Allowed, Some(caller)) if !caller.scopes().contains_all(&rule.scopes) => {
                Verdict::Needs(&rule.scopes)
            }
            (verdict, _) => verdict,
        }
    }

    fn judge_caller(&self, caller: Option<&Principal>) -> Verdict<'_> {
        if caller.is_some() || self.anonymous {
            return Verdict::Allowed;
        }
        Verdict::NoCaller
    }

    /// Whether answering may send something to the client first; yes, unless the macros know better.
    pub(crate) fn may_use_peer(&self, method: &str, tool: Option<&str>) -> bool {
        match (method, tool) {
            ("tools/call", Some(tool)) if self.made.call_tool => self
                .tools
                .get(tool)
                .is_none_or(|rule| rule.needs.may_use_peer),
            ("tools/list", _) => !self.made.list_tools,
            _ => true,
        }
    }

    /// Whether the tool may ask its user something; yes, unless the macros know better.
    pub(crate) fn may_ask(&self, tool: &str) -> bool {
        let rule = self.tools.get(tool).filter(|_| self.made.call_tool);
        rule.is_none_or(|rule| rule.needs.sealing_keys)
    }

    /// A tool that is known to ask its user something.
    pub(crate) fn asking(&self) -> Option<&str> {
        let mut tools = self.tools.iter();
        let (name, _) = tools.find(|(_, rule)| rule.needs.sealing_keys)?;
        Some(name)
    }

    /// Whether some tool is known to send log messages.
    pub(crate) fn logs(&self) -> bool {
        self.tools.values().any(|rule| rule.needs.logging)
    }

    /// The scopes that a client asks for at first: those that every tool with scopes needs, so that
    /// each of them is of use; all scopes, where no scope is common to them.
    pub(crate) fn initial_scopes(&self) -> ScopeSet {
        let scoped = || self.tools.values().filter(|rule| !rule.scopes.is_empty());
        let common = scoped()
            .map(|rule| rule.scopes.clone())
            .reduce(|common, scopes| common.intersection(&scopes))
            .unwrap_or_default();
        if common.is_empty() {
            return self.all_scopes();
        }
        common
    }

    /// Every scope that some tool asks for.
    pub(crate) fn all_scopes(&self) -> ScopeSet {
        let scopes = self.tools.values().flat_map(|rule| rule.scopes.iter());
        scopes.cloned().collect()
    }

    /// The declared tools and their scopes, in the order of their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &ScopeSet)> {
        self.tools
            .iter()
            .map(|(name, rule)| (name.as_str(), &rule.scopes))
    }
}
