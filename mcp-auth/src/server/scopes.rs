//! Which of the requested scopes a user gets.

use crate::names::{Scope, ScopeSet};

/// Scopes of OpenID Connect that clients ask for out of habit. They mean nothing here: no ID token is
/// issued, and every grant can be refreshed.
const SWALLOWED: [&str; 5] = ["openid", "offline_access", "profile", "email", "phone"];

/// The most scopes that a request may name. A stranger writes them, and a set is searched from one end
/// to the other: thousands would be millions of comparisons.
const MAX_NAMED: usize = 256;

/// Who decides whether a scope is granted. See `docs/adr/0012`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ScopeRule {
    /// The upstream provider: the scope is requested there, and granted if its token says so.
    Upstream,
    /// The user, on the consent page: the scope exists only here.
    Consent,
    /// The upstream provider's administrators, who put the user into this group.
    Group(String),
}

/// What the upstream provider says about a user.
#[derive(Debug, Clone, Default)]
pub(crate) struct UpstreamSay {
    pub(crate) scopes: ScopeSet,
    /// `None` when it says nothing: an answer to a refresh may have no id token (OpenID Connect Core §12.2).
    pub(crate) groups: Option<Vec<String>>,
}

/// The rules of all scopes; a scope without one is decided upstream.
#[derive(Debug, Clone, Default)]
pub(crate) struct ScopeRules(Vec<(Scope, ScopeRule)>);

impl ScopeRules {
    pub(crate) fn set(&mut self, scope: Scope, rule: ScopeRule) {
        self.0.retain(|(named, _)| *named != scope);
        self.0.push((scope, rule));
    }

    pub(crate) fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter().map(|(scope, _)| scope)
    }

    fn rule(&self, scope: &Scope) -> &ScopeRule {
        let found = self.0.iter().find(|(named, _)| named == scope);
        found.map_or(&ScopeRule::Upstream, |(_, rule)| rule)
    }

    /// Those of `requested` that the upstream provider must be asked for.
    pub(crate) fn asked_upstream(&self, requested: &ScopeSet) -> ScopeSet {
        let upstream = |scope: &&Scope| *self.rule(scope) == ScopeRule::Upstream;
        requested.iter().filter(upstream).cloned().collect()
    }

    /// Those of `requested` that the user gets at a sign-in.
    pub(crate) fn granted(&self, requested: &ScopeSet, upstream: &UpstreamSay) -> ScopeSet {
        self.confirmed(requested, upstream, false)
    }

    /// Those of `granted` that the user keeps at a refresh. About groups silence takes nothing away.
    pub(crate) fn kept(&self, granted: &ScopeSet, upstream: &UpstreamSay) -> ScopeSet {
        self.confirmed(granted, upstream, true)
    }

    fn confirmed(&self, scopes: &ScopeSet, upstream: &UpstreamSay, by_silence: bool) -> ScopeSet {
        let is_confirmed = |scope: &&Scope| match self.rule(scope) {
            ScopeRule::Upstream => upstream.scopes.contains(scope.as_str()),
            ScopeRule::Consent => true,
            ScopeRule::Group(group) => match &upstream.groups {
                Some(groups) => groups.contains(group),
                None => by_silence,
            },
        };
        scopes.iter().filter(is_confirmed).cloned().collect()
    }
}

/// The scopes that an authorization request asks for and `offered` has.
///
/// Without a `scope` parameter, or with nothing but swallowed ones, that is all that is offered
/// (RFC 6749 §3.3: a default). `None` when the parameter is malformed, too long, or names nothing that
/// is offered.
pub(crate) fn requested(parameter: Option<&str>, offered: &ScopeSet) -> Option<ScopeSet> {
    let asked = asked(parameter.unwrap_or_default(), offered)?;
    if asked.is_empty() {
        return Some(offered.clone());
    }
    let requested = asked.intersection(offered);
    let dropped = asked
        .iter()
        .filter(|scope| !offered.contains(scope.as_str()));
    let dropped: ScopeSet = dropped.cloned().collect();
    if !dropped.is_empty() {
        tracing::debug!(
            dropped = dropped.to_string(),
            "a client asks for scopes that `.resource(..)` does not offer"
        );
    }
    (!requested.is_empty()).then_some(requested)
}

/// The scopes that a refresh asks for, which must be within the `granted` ones (RFC 6749 §6).
pub(crate) fn within(parameter: &str, granted: &ScopeSet) -> Option<ScopeSet> {
    let asked = asked(parameter, granted)?;
    if asked.is_empty() {
        return Some(granted.clone());
    }
    granted.contains_all(&asked).then_some(asked)
}

/// The scopes of a parameter without the swallowed ones; `None` when it is malformed or names too many.
fn asked(parameter: &str, known: &ScopeSet) -> Option<ScopeSet> {
    if parameter.split(' ').nth(MAX_NAMED).is_some() {
        return None;
    }
    let all: ScopeSet = parameter.parse().ok()?;
    let is_meant =
        |scope: &&Scope| known.contains(scope.as_str()) || !SWALLOWED.contains(&scope.as_str());
    Some(all.iter().filter(is_meant).cloned().collect())
}
