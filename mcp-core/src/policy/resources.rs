//! Scopes of resources, by their URIs.
//!
//! Servers read URIs in more than one way, so a rule is never escaped by writing a URI differently:
//! a URI exists only as a rule writes it, and it needs the scopes of every rule that covers it in
//! any [reading](super::readings).

use std::borrow::Cow;

use portcullis_auth::ScopeSet;

use super::readings::{plain, reading, readings};
use crate::error::BuildError;

/// The rules for resources; none, unless the author has given some.
#[derive(Debug)]
pub(crate) struct ResourceTable {
    rules: Vec<Rule>,
    /// Whether a resource that no rule names is refused.
    declared_only: bool,
}

#[derive(Debug)]
struct Rule {
    /// As the author wrote it.
    written: String,
    /// As [`plain`] writes it.
    begins: String,
    /// As [`reading`] takes it apart.
    reading: String,
    extent: Extent,
    scopes: ScopeSet,
}

/// What a rule covers beside what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// A whole URI.
    Exact,
    /// Everything in a directory, and the directory itself.
    Directory,
    /// Everything that begins like this.
    Prefix,
}

impl ResourceTable {
    /// `rules` are URIs, or URI templates: one covers whatever begins as it does up to its first
    /// variable.
    pub(crate) fn new(
        rules: impl IntoIterator<Item = (String, ScopeSet)>,
        declared_only: bool,
    ) -> Result<Self, BuildError> {
        let rules = rules.into_iter();
        let rules = rules.map(|(uri, scopes)| Rule::new(&uri, scopes));
        Ok(Self {
            rules: rules.collect::<Result<_, _>>()?,
            declared_only,
        })
    }

    /// All scopes of the rules that cover `uri`; `None`, if it must be taken for one that does not
    /// exist.
    pub(super) fn scopes(&self, uri: &str) -> Option<Cow<'_, ScopeSet>> {
        if !self.declared_only {
            return Some(Cow::Owned(ScopeSet::default()));
        }
        let plain = plain(uri);
        let readings = readings(uri)?;
        if !self.rules.iter().any(|rule| rule.names(&plain)) {
            return None;
        }
        let covers =
            |rule: &&Rule| rule.names(&plain) || readings.iter().any(|uri| rule.covers(uri));
        let mut covering = self.rules.iter().filter(covers);
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

    /// The rules as the author wrote them, with their own scopes.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &ScopeSet)> {
        let rules = self.rules.iter();
        rules.map(|rule| (rule.written.as_str(), &rule.scopes))
    }

    /// What a reader of everything that a rule covers needs, rule by rule: other rules may cover it, too.
    pub(super) fn needed(&self) -> impl Iterator<Item = Cow<'_, ScopeSet>> {
        self.rules.iter().map(|inner| {
            let around = |rule: &&Rule| rule.names(&inner.begins) || rule.covers(&inner.reading);
            let around = self.rules.iter().filter(around);
            around.fold(Cow::Borrowed(&inner.scopes), |all, rule| {
                Cow::Owned(all.union(&rule.scopes))
            })
        })
    }
}

impl Rule {
    fn new(uri: &str, scopes: ScopeSet) -> Result<Self, BuildError> {
        let (begins, is_template) = match uri.split_once('{') {
            Some((begins, _)) => (begins, true),
            None => (uri, false),
        };
        // What stands for the variable makes no difference, if it is no dot.
        let covered = if is_template {
            &format!("{begins}x")
        } else {
            begins
        };
        if readings(covered).is_none() {
            return Err(BuildError::ResourceRule(uri.to_owned()));
        }
        let reading = reading(begins);
        let extent = match is_template {
            false => Extent::Exact,
            // `book://` is where every book begins, and no directory.
            true if begins.ends_with('/') && !reading.ends_with('/') => Extent::Directory,
            true => Extent::Prefix,
        };
        Ok(Self {
            written: uri.to_owned(),
            begins: plain(begins),
            reading,
            extent,
            scopes,
        })
    }

    /// Whether the author has meant this URI, which `plain` has written.
    fn names(&self, uri: &str) -> bool {
        match self.extent {
            Extent::Exact => uri == self.begins,
            Extent::Directory => {
                uri.starts_with(&self.begins) || self.begins.strip_suffix('/') == Some(uri)
            }
            Extent::Prefix => uri.starts_with(&self.begins),
        }
    }

    /// Whether some handler could take a URI, which `reading` has taken apart, for one that the
    /// author has meant. A slash at the end, a query and a fragment make no other resource.
    fn covers(&self, uri: &str) -> bool {
        let Some(rest) = uri.strip_prefix(&self.reading) else {
            return false;
        };
        self.extent == Extent::Prefix || rest.is_empty() || rest.starts_with(['/', '?', '#'])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> ResourceTable {
        closed([
            ("book://{title}", scopes(&["read"])),
            ("book://secret/{title}", scopes(&["secret"])),
            ("note://one", scopes(&[])),
        ])
    }

    fn closed<const N: usize>(rules: [(&str, ScopeSet); N]) -> ResourceTable {
        let rules = rules.map(|(uri, scopes)| (uri.to_owned(), scopes));
        ResourceTable::new(rules, true).unwrap()
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
        assert!(closed([]).scopes("film://emma").is_none());
        let open = ResourceTable::new([], false).unwrap();
        assert!(open.scopes("film://emma").unwrap().is_empty());
    }

    /// `wide` stands beside `narrow`, which must count for every one of `uris`.
    #[track_caller]
    fn assert_narrow(wide: &str, narrow: &str, uris: &[&str]) {
        let table = closed([(wide, scopes(&["wide"])), (narrow, scopes(&["narrow"]))]);
        for uri in uris {
            let scopes = table.scopes(uri).map(|scopes| scopes.to_string());
            assert_eq!(scopes.as_deref(), Some("wide narrow"), "{uri}");
        }
    }

    #[test]
    fn t13_no_way_to_write_a_uri_escapes_its_rule() {
        let books = [
            "book://rare/emma",
            "BOOK://Rare/emma",
            "book://%72are/emma",
            "book://%2572are/emma",
            "book://rare%2Femma",
            "book://u@rare/emma",
            "book://u%40rare/emma",
            "book://u:p@rare/emma",
            "book://rare:1/emma",
            "book://rare//emma",
            "book:///rare/emma",
            "book://rare",
            "book://rare/",
            "book://rare?emma",
            "book://rare#emma",
        ];
        assert_narrow("book://{title}", "book://rare/{title}", &books);
        let notes = [
            "note://diary",
            "note://diary/",
            "note://diary?",
            "note://diary#x",
        ];
        assert_narrow("note://{x}", "note://diary", &notes);
        let pages = [
            "https://h/rare/x",
            "https://H/rare/x",
            "https://h:443/rare/x",
            "https://h:8443/rare/x",
            "https://u@h/rare/x",
            "https://h./rare/x",
            "https:///h/rare/x",
            "https://h/rare?x",
            "https://h//rare/x",
        ];
        assert_narrow("https://{rest}", "https://h/rare/{x}", &pages);
        assert_narrow("https://{rest}", "https://h:443/rare/{x}", &pages);
        let files = [
            "file:///docs/rare/x",
            "file://localhost/docs/rare/x",
            "file://elsewhere/docs/rare/x",
            "file:///docs//rare/x",
            "file:////docs/rare/x",
            "file:///docs/rare",
        ];
        assert_narrow("file://{rest}", "file:///docs/rare/{x}", &files);
    }

    #[test]
    fn t13_what_handlers_read_in_more_than_one_way_does_not_exist() {
        for uri in [
            "book://a/../secret/diary",
            "book://a/%2e%2E/secret/diary",
            "book://a/.%2fsecret/diary",
            "book://a\\..\\secret",
            "book://secret\\diary",
            "book://secret%5Cdiary",
            "book://a/se\tcret/diary",
            "book://se\ncret/diary",
            "book://se\rcret/diary",
            "book://se%09cret/diary",
            "book://secret%00/diary",
            "book://a/.\t./secret/diary",
            " book://emma",
            "book://emma ",
            "book://emma%20",
        ] {
            assert_eq!(of(uri), None, "{uri:?}");
        }
    }

    /// rmcp writes the URI of a directory without the slash.
    #[test]
    fn a_rule_for_what_is_in_a_directory_covers_the_directory() {
        assert_eq!(of("book://secret").unwrap(), "read secret");
        let alone = closed([("skill://a/{+path}", scopes(&["a"]))]);
        assert_eq!(alone.scopes("skill://a").unwrap().to_string(), "a");
        assert!(alone.scopes("skill://ab").is_none());
    }

    /// Another reading adds scopes, and opens nothing.
    #[test]
    fn a_uri_exists_only_as_a_rule_writes_it() {
        let alone = closed([("https://h:8443/{+path}", scopes(&[]))]);
        assert!(alone.scopes("https://h:8443/x").is_some());
        for uri in ["https://h/x", "https://u@h:8443/x", "https://h//x"] {
            assert!(alone.scopes(uri).is_none(), "{uri}");
        }
    }
}
