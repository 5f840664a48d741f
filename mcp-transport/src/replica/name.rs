//! The name of a replica, which its sessions carry.

use std::fmt;

use thiserror::Error;

use crate::session::SessionId;

const LONGEST: usize = 32;
const SEPARATOR: char = '.';

/// What a replica is called: 1 to 32 letters, digits and `-`. No two replicas that live at the same
/// time may have the same. Clients see it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReplicaName(Box<str>);

/// The text is no name of a replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a replica's name is made of 1 to 32 letters, digits and hyphens")]
pub struct NotAReplicaName;

impl ReplicaName {
    /// A name that tells something to operators, such as that of a pod.
    ///
    /// # Errors
    ///
    /// [`NotAReplicaName`].
    pub fn new(name: &str) -> Result<Self, NotAReplicaName> {
        let fits = (1..=LONGEST).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if fits {
            Ok(Self(name.into()))
        } else {
            Err(NotAReplicaName)
        }
    }

    /// A name of 64 random bits.
    ///
    /// # Errors
    ///
    /// Where the operating system has no randomness to give.
    pub fn random() -> Result<Self, std::io::Error> {
        let number = getrandom::u64().map_err(std::io::Error::other)?;
        Ok(Self(format!("{number:016x}").into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The replica that a session's id names.
    pub(super) fn of_session(id: &str) -> Option<Self> {
        let (name, _) = id.split_once(SEPARATOR)?;
        Self::new(name).ok()
    }
}

impl fmt::Display for ReplicaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How an endpoint writes the ids of its sessions: with the replica's name, if it has one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Naming(Option<ReplicaName>);

impl Naming {
    pub(crate) fn of(replica: ReplicaName) -> Self {
        Self(Some(replica))
    }

    pub(crate) fn expose(&self, id: SessionId) -> String {
        match &self.0 {
            Some(replica) => format!("{replica}{SEPARATOR}{}", id.expose()),
            None => id.expose(),
        }
    }

    /// The session that this endpoint's id stands for.
    pub(crate) fn parse(&self, text: &str) -> Result<SessionId, NoSession> {
        let (replica, id) = match text.split_once(SEPARATOR) {
            Some((replica, id)) => (Some(replica), id),
            None => (None, text),
        };
        let id = SessionId::parse(id.as_bytes()).ok_or(NoSession::Malformed)?;
        if replica == self.0.as_ref().map(ReplicaName::as_str) {
            Ok(id)
        } else {
            Err(NoSession::Elsewhere)
        }
    }
}

/// Why an id stands for no session here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoSession {
    Malformed,
    /// It is another replica's, and was not passed on, or to us.
    Elsewhere,
}
