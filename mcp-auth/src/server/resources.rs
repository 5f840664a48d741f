use super::{params::Params, scopes::ScopeRules};
use crate::{
    error::ConfigError,
    names::{ResourceIdentifier, ScopeSet},
};

/// `resource` names no resource, or several.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("resource names no resource, or several")]
pub(crate) struct InvalidTarget;

/// The one resource that a request names (RFC 8707 §2), as often as it does; `None` where it leaves the
/// parameter out. Spellings that mean the same, with a slash or a query behind the path, are the same.
pub(crate) fn requested(params: &Params) -> Result<Option<ResourceIdentifier>, InvalidTarget> {
    let mut named = params.all("resource").map(ResourceIdentifier::requested);
    let Some(first) = named.next() else {
        return Ok(None);
    };
    let first = first.map_err(|_| InvalidTarget)?;
    if named.any(|other| other.as_ref() != Ok(&first)) {
        return Err(InvalidTarget);
    }
    Ok(Some(first))
}

/// The protected resources that tokens are issued for, with their scopes.
#[derive(Debug)]
pub(crate) struct Resources {
    /// Not empty; the default resource is the first.
    all: Vec<(ResourceIdentifier, ScopeSet)>,
    rules: ScopeRules,
}

impl Resources {
    pub(crate) fn new(
        mut all: Vec<(ResourceIdentifier, ScopeSet)>,
        default: Option<&str>,
        rules: ScopeRules,
    ) -> Result<Self, ConfigError> {
        if all.is_empty() {
            return Err(ConfigError::new(
                "resource",
                "is missing: say what tokens are for, with `.resource(\"https://mcp.example.com/weather/mcp\", [\"weather/read\"])`",
            ));
        }
        for (index, (resource, _)) in all.iter().enumerate() {
            if all[..index].iter().any(|(other, _)| other == resource) {
                return Err(ConfigError::new(
                    "resource",
                    format!("{resource} is given twice; name all of its scopes at once"),
                ));
            }
        }
        if let Some(default) = default {
            let position = all.iter().position(|(id, _)| id.matches(default));
            let position = position.ok_or_else(|| {
                let problem = format!("{default} is none of the resources");
                ConfigError::new("default_resource", problem)
            })?;
            all.swap(0, position);
        }
        let offered = |scope: &str| all.iter().any(|(_, scopes)| scopes.contains(scope));
        if let Some(scope) = rules.scopes().find(|scope| !offered(scope.as_str())) {
            return Err(ConfigError::new(
                format!("scope {scope}"),
                "has a rule but belongs to no resource; name it in `.resource(..)` too",
            ));
        }
        Ok(Self { all, rules })
    }

    /// The resource that was requested, or the default.
    pub(crate) fn find(
        &self,
        requested: Option<&ResourceIdentifier>,
    ) -> Option<(&ResourceIdentifier, &ScopeSet)> {
        let found = match requested {
            None => self.all.first(),
            Some(requested) => self.all.iter().find(|(id, _)| id == requested),
        };
        found.map(|(id, scopes)| (id, scopes))
    }

    /// The scopes that exist for a resource; `None` when no tokens are issued for it.
    pub(crate) fn offered(&self, resource: &ResourceIdentifier) -> Option<&ScopeSet> {
        let mut all = self.all.iter();
        all.find(|(id, _)| id == resource).map(|(_, scopes)| scopes)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &ResourceIdentifier> {
        self.all.iter().map(|(id, _)| id)
    }

    /// Every scope of every resource.
    pub(crate) fn scopes(&self) -> ScopeSet {
        let all = self.all.iter().flat_map(|(_, scopes)| scopes);
        all.cloned().collect()
    }

    pub(crate) fn rules(&self) -> &ScopeRules {
        &self.rules
    }
}
