//! Who sends header and body of different revisions: one WARN for each client.

use std::collections::HashSet;

use http::{HeaderMap, header::USER_AGENT};

use crate::{
    exchange::{routing::single, version::HEADER},
    session::Locked,
};

/// How many clients are named. Strangers choose what they call themselves, and must not fill the log.
const MOST: usize = 32;
/// How much of what a client sends is logged, in characters.
const LONGEST: usize = 100;

/// The clients that have been named, by `User-Agent`.
#[derive(Debug, Default)]
pub(super) struct MixedClients(Locked<HashSet<Box<str>>>);

/// What became of the request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fate {
    Refused,
    Followed,
}

impl MixedClients {
    /// `body` is the revision that the body names.
    #[cold]
    pub(super) fn note(&self, headers: &HeaderMap, body: Option<&str>, fate: Fate) {
        let agent = headers.get(USER_AGENT).map(|value| value.as_bytes());
        let client = cut(agent);
        if !self.is_new(&client) {
            return;
        }
        let header = cut(single(headers, &HEADER).ok().flatten());
        let body = cut(body.map(str::as_bytes));
        let (client, header, body) = (&*client, &*header, &*body);
        match fate {
            Fate::Refused => tracing::warn!(
                client,
                header,
                body,
                "a client's MCP-Protocol-Version is of another revision than its body, so it is refused, as \
                 the specification wants; `.mixed_revisions(MixedRevisions::FollowBody)` serves it"
            ),
            Fate::Followed => tracing::warn!(
                client,
                header,
                body,
                "a client's MCP-Protocol-Version is of another revision than its body; the body counts, by \
                 `.mixed_revisions(MixedRevisions::FollowBody)`"
            ),
        }
    }

    fn is_new(&self, client: &str) -> bool {
        let mut named = self.0.lock();
        named.len() < MOST && !named.contains(client) && named.insert(client.into())
    }
}

fn cut(sent: Option<&[u8]>) -> String {
    let Some(sent) = sent else {
        return "none".to_owned();
    };
    // No character takes more than four bytes.
    let sent = &sent[..sent.len().min(4 * LONGEST)];
    String::from_utf8_lossy(sent)
        .chars()
        .take(LONGEST)
        .collect()
}
