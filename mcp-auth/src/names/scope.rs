use std::fmt;

use super::InvalidName;

/// One scope token (RFC 6749 §3.3): 1 to 256 of `!`, `#`–`[`, `]`–`~`.
///
/// The grammar leaves out space, `"` and `\`, so a scope can stand in a header, a form and a URL
/// without injecting anything.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(Box<str>);

impl Scope {
    /// Checks the grammar.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidName> {
        let text = text.into();
        if text.is_empty() || text.len() > 256 {
            return Err(InvalidName::new("scope", "must have 1 to 256 characters"));
        }
        let allowed = |b: u8| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        if !text.bytes().all(allowed) {
            return Err(InvalidName::new(
                "scope",
                "must be printable ASCII without space, \" and \\",
            ));
        }
        Ok(Self(text.into_boxed_str()))
    }

    /// The scope token.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Scope {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        Self::new(text)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.0.into()
    }
}

/// A set of scopes (RFC 6749 §3.3), in the order in which they were first named.
///
/// ```
/// # use portcullis_auth::ScopeSet;
/// let granted: ScopeSet = "weather/read weather/read openid".parse()?;
/// let needed: ScopeSet = "weather/read weather/alert".parse()?;
/// assert_eq!(granted.to_string(), "weather/read openid");
/// assert!(!granted.contains_all(&needed));
/// assert!(ScopeSet::default().contains_all(&ScopeSet::default()));
/// # Ok::<(), portcullis_auth::InvalidName>(())
/// ```
#[derive(Clone, Debug, Default, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ScopeSet(Vec<Scope>);

/// Sets are equal when they hold the same scopes; the order is for people.
impl PartialEq for ScopeSet {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.contains_all(other)
    }
}

impl ScopeSet {
    /// Parses each item as a scope.
    pub fn new<S: Into<String>>(scopes: impl IntoIterator<Item = S>) -> Result<Self, InvalidName> {
        let mut set = Self::default();
        for scope in scopes {
            set.insert(Scope::new(scope)?);
        }
        Ok(set)
    }

    /// Adds a scope unless it is there.
    pub fn insert(&mut self, scope: Scope) {
        if !self.0.contains(&scope) {
            self.0.push(scope);
        }
    }

    /// Whether the scope is in the set, by exact comparison.
    pub fn contains(&self, scope: &str) -> bool {
        self.0.iter().any(|held| held.as_str() == scope)
    }

    /// Whether every scope of `needed` is in the set.
    pub fn contains_all(&self, needed: &ScopeSet) -> bool {
        needed.iter().all(|scope| self.contains(scope.as_str()))
    }

    /// The scopes that are in both sets, in this set's order.
    pub fn intersection(&self, other: &ScopeSet) -> ScopeSet {
        Self(
            self.0
                .iter()
                .filter(|s| other.contains(s.as_str()))
                .cloned()
                .collect(),
        )
    }

    /// The scopes that are in either set.
    pub fn union(&self, other: &ScopeSet) -> ScopeSet {
        self.iter().chain(other.iter()).cloned().collect()
    }

    /// The scopes in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Scope> {
        self.0.iter()
    }

    /// How many scopes the set holds.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the set holds nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut set = Self::default();
        for scope in scopes {
            set.insert(scope);
        }
        set
    }
}

impl<'a> IntoIterator for &'a ScopeSet {
    type Item = &'a Scope;
    type IntoIter = std::slice::Iter<'a, Scope>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Parses the space-delimited form; an empty string is the empty set.
impl std::str::FromStr for ScopeSet {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        Self::new(text.split(' ').filter(|part| !part.is_empty()))
    }
}

impl TryFrom<String> for ScopeSet {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        text.parse()
    }
}

impl From<ScopeSet> for String {
    fn from(set: ScopeSet) -> Self {
        set.to_string()
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}
