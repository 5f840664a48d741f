use url::form_urlencoded;

/// The parameters of a query or a form (RFC 6749 §3.1, §3.2).
///
/// A parameter without a value counts as omitted, and one that occurs twice is an error: two readers
/// might take two different ones (T24).
pub(crate) struct Params(Vec<(String, String)>);

/// A parameter occurs more than once.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("a parameter occurs more than once")]
pub(crate) struct Duplicate;

impl Params {
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(encoded)
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.into_owned(), value.into_owned()));
        Self(pairs.collect())
    }

    /// The value of `name`, if it occurs once.
    pub(crate) fn one(&self, name: &str) -> Result<Option<&str>, Duplicate> {
        let mut named = self.0.iter().filter(|(key, _)| key == name);
        match (named.next(), named.next()) {
            (value, None) => Ok(value.map(|(_, value)| value.as_str())),
            _ => Err(Duplicate),
        }
    }

    /// Every value of `name`.
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(key, _)| key == name);
        named.map(|(_, value)| value.as_str())
    }

    /// Whether any parameter but `repeatable` occurs twice.
    pub(crate) fn has_duplicates_except(&self, repeatable: &str) -> bool {
        let mut names: Vec<_> = self.0.iter().map(|(name, _)| name).collect();
        names.retain(|name| *name != repeatable);
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        names.len() != count
    }
}
