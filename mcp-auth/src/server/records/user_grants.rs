use serde::{Deserialize, Serialize};

use crate::{
    names::Subject,
    server::{digest::Digest, vault::Record},
    store::RecordKind,
};

/// The ids of one user's grants: those that are active, and those that ended and have not been deleted.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct UserGrants(Vec<Box<str>>);

impl UserGrants {
    pub(crate) fn id(subject: &Subject) -> Digest {
        Digest::of_parts(["grants of", subject.as_str()])
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.0.iter().any(|known| **known == *id)
    }

    pub(crate) fn push(&mut self, id: &str) {
        self.0.push(id.into());
    }
}

impl IntoIterator for UserGrants {
    type Item = Box<str>;
    type IntoIter = std::vec::IntoIter<Box<str>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<Box<str>> for UserGrants {
    fn from_iter<I: IntoIterator<Item = Box<str>>>(ids: I) -> Self {
        Self(ids.into_iter().collect())
    }
}

impl Record for UserGrants {
    const KIND: RecordKind = RecordKind::Grant;
    const LAYOUT: &str = "grants of a user v1";
}
