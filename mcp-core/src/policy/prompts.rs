use std::{borrow::Cow, collections::BTreeMap};

use portcullis_auth::ScopeSet;

use crate::{error::BuildError, tools::PromptPolicy};

/// Every declared prompt with the scopes of its caller.
#[derive(Debug)]
pub(crate) struct PromptTable {
    prompts: BTreeMap<String, ScopeSet>,
    /// Whether a prompt that is not in the table is refused.
    declared_only: bool,
}

impl PromptTable {
    /// Puts the macros' rows and the explicit ones together, as for tools: an explicit one wins, and
    /// with `declared_only`, every prompt must say something.
    pub(crate) fn new(
        policies: &[PromptPolicy],
        explicit: &[(String, ScopeSet)],
        declared_only: bool,
    ) -> Result<Self, BuildError> {
        let mut prompts = BTreeMap::new();
        let mut unsaid = Vec::new();
        for policy in policies {
            if policy.scopes.is_none() && !explicit.iter().any(|(name, _)| name == policy.name) {
                unsaid.push(policy.name);
            }
            let scopes = ScopeSet::new(policy.scopes.into_iter().flatten().copied());
            let scopes = scopes.map_err(|source| BuildError::PromptScope {
                prompt: policy.name.to_owned(),
                source,
            })?;
            if prompts.insert(policy.name.to_owned(), scopes).is_some() {
                return Err(BuildError::DuplicatePrompt(policy.name.to_owned()));
            }
        }
        prompts.extend(explicit.iter().cloned());
        if declared_only && !unsaid.is_empty() {
            return Err(BuildError::UnsaidPromptScopes(unsaid.join("`, `")));
        }
        Ok(Self {
            prompts,
            declared_only,
        })
    }

    /// `None`, if it must be taken for one that does not exist.
    pub(super) fn scopes(&self, prompt: &str) -> Option<Cow<'_, ScopeSet>> {
        match self.prompts.get(prompt) {
            Some(scopes) => Some(Cow::Borrowed(scopes)),
            None if self.declared_only => None,
            None => Some(Cow::Owned(ScopeSet::default())),
        }
    }

    /// The declared prompts and their scopes, in the order of their names.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &ScopeSet)> {
        let prompts = self.prompts.iter();
        prompts.map(|(name, scopes)| (name.as_str(), scopes))
    }
}
