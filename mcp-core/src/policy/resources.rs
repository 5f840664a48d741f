//! Scopes of resources, by their URIs.
//!
//! Servers read URIs in more than one way, so a rule is never escaped by writing a URI differently:
//! it is compared without percent-encoding and case, a URI with a dot segment is no resource, and
//! where several rules cover a URI, all their scopes are needed.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use portcullis_auth::ScopeSet;

/// The rules for resources; none, unless the author has given some.
#[derive(Debug, Default)]
pub(crate) struct ResourceTable(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    /// As [`plain`] writes it.
    begins: String,
    /// Whether it is a whole URI.
    exact: bool,
    scopes: ScopeSet,
}

impl ResourceTable {
    /// `rules` are URIs, or URI templates: one covers whatever begins as it does up to its first
    /// variable.
    pub(crate) fn new(rules: impl IntoIterator<Item = (String, ScopeSet)>) -> Self {
        let rule = |(uri, scopes): (String, ScopeSet)| {
            let (begins, exact) = match uri.split_once('{') {
                Some((begins, _)) => (begins, false),
                None => (uri.as_str(), true),
            };
            Rule {
                begins: plain(begins),
                exact,
                scopes,
            }
        };
        Self(rules.into_iter().map(rule).collect())
    }

    /// All scopes of the rules that cover `uri`; `None`, if there are rules and none does.
    pub(super) fn scopes(&self, uri: &str) -> Option<Cow<'_, ScopeSet>> {
        if self.0.is_empty() {
            return Some(Cow::Owned(ScopeSet::default()));
        }
        let uri = plain(uri);
        if has_dot_segment(&uri) {
            return None;
        }
        let mut covering = self.0.iter().filter(|rule| rule.covers(&uri));
        let first = Cow::Borrowed(&covering.next()?.scopes);
        Some(covering.fold(first, |all, rule| Cow::Owned(all.union(&rule.scopes))))
    }

    pub(super) fn scopes_of_all(&self, uris: &[String]) -> Option<Cow<'_, ScopeSet>> {
        let mut all = ScopeSet::default();
        for uri in uris {
            all = all.union(&*self.scopes(uri)?);
        }
        Some(Cow::Owned(all))
    }

    pub(super) fn sets(&self) -> impl Iterator<Item = &ScopeSet> {
        self.0.iter().map(|rule| &rule.scopes)
    }
}

impl Rule {
    fn covers(&self, uri: &str) -> bool {
        if self.exact {
            return uri == self.begins;
        }
        uri.starts_with(&self.begins)
    }
}

fn plain(uri: &str) -> String {
    let mut uri = percent_decode_str(uri).decode_utf8_lossy().into_owned();
    uri.make_ascii_lowercase();
    uri
}

fn has_dot_segment(uri: &str) -> bool {
    let mut segments = uri.split(['/', '\\', '?', '#']);
    segments.any(|segment| matches!(segment, "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> ResourceTable {
        ResourceTable::new([
            ("book://{title}".to_owned(), scopes(&["read"])),
            ("book://secret/{title}".to_owned(), scopes(&["secret"])),
            ("note://one".to_owned(), scopes(&[])),
        ])
    }

    fn scopes(scopes: &[&str]) -> ScopeSet {
        ScopeSet::new(scopes.iter().copied()).unwrap()
    }

    fn of(uri: &str) -> Option<String> {
        let table = table();
        Some(table.scopes(uri)?.to_string())
    }

    #[test]
    fn every_rule_that_covers_a_uri_counts() {
        assert_eq!(of("book://emma").unwrap(), "read");
        assert_eq!(of("book://secret/diary").unwrap(), "read secret");
        assert_eq!(of("note://one").unwrap(), "");
        assert_eq!(of("book://{title}").unwrap(), "read");
    }

    #[test]
    fn what_no_rule_covers_does_not_exist() {
        for uri in ["note://one/more", "note://two", "film://emma", ""] {
            assert_eq!(of(uri), None, "{uri}");
        }
        let open = ResourceTable::default();
        assert!(open.scopes("film://emma").unwrap().is_empty());
    }

    #[test]
    fn t13_no_way_to_write_a_uri_escapes_its_rule() {
        for uri in [
            "BOOK://Secret/diary",
            "book://%73ecret/diary",
            "book://secret%2Fdiary",
        ] {
            assert_eq!(of(uri).unwrap(), "read secret", "{uri}");
        }
        for uri in [
            "book://a/../secret/diary",
            "book://a/%2e%2E/secret/diary",
            "book://a/.%2fsecret/diary",
            "book://a\\..\\secret",
        ] {
            assert_eq!(of(uri), None, "{uri}");
        }
    }
}
