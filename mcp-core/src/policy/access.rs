use std::borrow::Cow;

use portcullis_auth::{Principal, ScopeSet};
use portcullis_transport::Subject;

use super::{scopes::Scopes, task_ids::TaskIds};

/// Each URI of a subscription is read in several ways and held for as long as the stream lasts, so a
/// client may not name as many as it likes (T-29).
const MAX_URIS: usize = 1_000;
/// Of all URIs together.
const MAX_URI_BYTES: usize = 256 << 10;

/// Who may use what of a server.
pub(crate) struct Access {
    pub(crate) scopes: Scopes,
    pub(crate) task_ids: TaskIds,
    pub(crate) callers: Callers,
}

/// Whom a server serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Callers {
    /// Whoever has credentials.
    Authenticated,
    /// The one of stdio.
    Local,
    /// Everybody: the author has said `danger::anonymous()`, and without callers there are no scopes
    /// to look at.
    Anonymous,
}

/// The answer to a call.
pub(crate) enum Verdict<'a> {
    Allowed,
    /// The caller lacks some of these: all scopes of the operation, so that one challenge is enough.
    Needs(Cow<'a, ScopeSet>),
    /// No such thing, as far as anybody outside may know.
    Unknown,
    /// Nobody has been authenticated.
    NoCaller,
    /// More URIs than are looked at.
    TooMany,
}

impl Access {
    pub(crate) fn judge(&self, subject: Subject<'_>, caller: Option<&Principal>) -> Verdict<'_> {
        let scopes = match subject {
            Subject::Nothing => return Verdict::Allowed,
            Subject::Resources(uris) if too_many(uris) => return Verdict::TooMany,
            Subject::Task(id) => match self.task_ids.open(id, caller) {
                Some(task) => self.scopes.of(Subject::Tool(&task.tool)),
                None => return Verdict::Unknown,
            },
            subject => self.scopes.of(subject),
        };
        let Some(scopes) = scopes else {
            return Verdict::Unknown;
        };
        match caller {
            _ if self.callers == Callers::Anonymous => Verdict::Allowed,
            None => Verdict::NoCaller,
            Some(caller) if caller.scopes().contains_all(&scopes) => Verdict::Allowed,
            Some(_) => Verdict::Needs(scopes),
        }
    }
}

fn too_many(uris: &[String]) -> bool {
    uris.len() > MAX_URIS || uris.iter().map(String::len).sum::<usize>() > MAX_URI_BYTES
}
