//! What replicas write on a server, told apart from what anybody else writes there.

use std::{fmt, sync::Arc, time::UNIX_EPOCH};

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use thiserror::Error;
use tokio::time::{Duration, Instant};

use crate::{replica::directory::KEPT, session::Locked};

/// What clocks may differ by, as for tokens.
const LEEWAY: Duration = Duration::from_secs(30);

/// One line stands for all that is written by others within this time: they may write as often as they
/// like, and must not fill the log.
const QUIET: Duration = Duration::from_secs(10);

/// Secrets that all replicas of a server share, by which they know each other's words on a
/// [`Valkey`](super::Valkey) server. The first seals; all are accepted.
///
/// They are 32 random bytes each, and serve nothing else. `portcullis::replica_keys` derives them from
/// the sealing keys (`PORTCULLIS_SEALING_KEYS`) that a server has anyway. A rotation is: accept the new
/// key on every replica, then let it be the first, then drop the old one a minute later.
#[derive(Clone)]
pub struct ReplicaKeys(Vec<hmac::Key>);

impl ReplicaKeys {
    /// One key, which seals.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(vec![hmac::Key::new(HMAC_SHA256, key)])
    }

    /// Accepts what this key has sealed, too.
    #[must_use]
    pub fn accept(mut self, key: &[u8; 32]) -> Self {
        self.0.push(hmac::Key::new(HMAC_SHA256, key));
        self
    }
}

impl fmt::Debug for ReplicaKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplicaKeys").finish_non_exhaustive()
    }
}

/// What something sealed speaks of. It counts for nothing else.
#[derive(Debug, Clone, Copy)]
pub(super) enum About<'a> {
    /// Where the replica of this name is.
    Replica(&'a str),
    /// An event of this topic.
    Topic(&'a str),
}

/// Why something is not taken for a replica's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
enum NotSealed {
    #[error("it is sealed by none of this replica's keys, or for something else")]
    Forged,
    #[error("it was written more than a minute ago, or the clocks of the replicas differ")]
    Stale,
}

/// Seals what this process writes, and opens what others have written.
#[derive(Clone)]
pub(super) struct Seals {
    keys: Arc<[hmac::Key]>,
    warned: Arc<Locked<Option<Instant>>>,
}

impl Seals {
    pub(super) fn new(keys: ReplicaKeys) -> Self {
        Self {
            keys: keys.0.into(),
            warned: Arc::default(),
        }
    }

    /// `body`, with the time and a tag before it.
    pub(super) fn seal(&self, about: About<'_>, body: &[u8]) -> Vec<u8> {
        seal(&self.keys[0], about, now(), body)
    }

    /// What a replica has written; `None`, and a line in the log, if nobody who has a key wrote it.
    pub(super) fn open<'a>(&self, about: About<'_>, sealed: &'a [u8]) -> Option<&'a [u8]> {
        open(&self.keys, about, now(), sealed)
            .inspect_err(|reason| self.warn(about, *reason))
            .ok()
    }

    fn warn(&self, about: About<'_>, reason: NotSealed) {
        let mut warned = self.warned.lock();
        if warned.is_some_and(|when| when.elapsed() < QUIET) {
            return;
        }
        *warned = Some(Instant::now());
        tracing::warn!(
            reason = reason.to_string(),
            what = match about {
                About::Replica(_) => "the address of a replica",
                About::Topic(_) => "an event",
            },
            "not taken from the Valkey server: all replicas need the same ReplicaKeys \
             (PORTCULLIS_SEALING_KEYS) and the right time, and nobody else should write there"
        );
    }
}

fn now() -> u64 {
    // Before 1970 nothing is fresh.
    UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs())
}

fn seal(key: &hmac::Key, about: About<'_>, at: u64, body: &[u8]) -> Vec<u8> {
    let tag = hmac::sign(key, &signed(about, at, body));
    let tag = URL_SAFE_NO_PAD.encode(tag);
    [format!("{at} {tag} ").as_bytes(), body].concat()
}

fn open<'a>(
    keys: &[hmac::Key],
    about: About<'_>,
    now: u64,
    sealed: &'a [u8],
) -> Result<&'a [u8], NotSealed> {
    let (at, tag, body) = split(sealed).ok_or(NotSealed::Forged)?;
    let signed = signed(about, at, body);
    // In constant time for each key.
    if !keys
        .iter()
        .any(|key| hmac::verify(key, &signed, &tag).is_ok())
    {
        return Err(NotSealed::Forged);
    }
    // An address may belong to somebody else by the time that its registration is long over.
    let is_fresh = at.saturating_sub(now) <= LEEWAY.as_secs()
        && now.saturating_sub(at) <= (KEPT + LEEWAY).as_secs();
    is_fresh.then_some(body).ok_or(NotSealed::Stale)
}

fn split(sealed: &[u8]) -> Option<(u64, Vec<u8>, &[u8])> {
    let mut parts = sealed.splitn(3, |byte| *byte == b' ');
    let at = str::from_utf8(parts.next()?).ok()?.parse().ok()?;
    let tag = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
    Some((at, tag, parts.next()?))
}

/// Each part has its length before it, so that no two statements are the same bytes.
fn signed(about: About<'_>, at: u64, body: &[u8]) -> Vec<u8> {
    let (purpose, name) = match about {
        About::Replica(name) => ("portcullis replica address v1", name),
        About::Topic(name) => ("portcullis replica event v1", name),
    };
    let mut bytes = Vec::with_capacity(body.len() + 128);
    for part in [purpose.as_bytes(), name.as_bytes(), &at.to_be_bytes(), body] {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: About<'_> = About::Replica("a");

    fn keys(bytes: &[u8]) -> Vec<hmac::Key> {
        let key = |byte: &u8| hmac::Key::new(HMAC_SHA256, &[*byte; 32]);
        bytes.iter().map(key).collect()
    }

    #[test]
    fn t30_a_seal_holds_for_what_it_speaks_of() {
        let keys = keys(&[1]);
        let sealed = seal(&keys[0], A, 1_000, b"10.0.0.7:80");
        assert_eq!(open(&keys, A, 1_000, &sealed), Ok(&b"10.0.0.7:80"[..]));
        for other in [About::Replica("b"), About::Topic("a")] {
            assert_eq!(open(&keys, other, 1_000, &sealed), Err(NotSealed::Forged));
        }
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(open(&keys, A, 1_000, &changed).is_err(), "{index}");
            assert!(open(&keys, A, 1_000, &sealed[..index]).is_err(), "{index}");
        }
    }

    #[test]
    fn t30_a_seal_is_over_after_a_minute() {
        let keys = keys(&[1]);
        let sealed = seal(&keys[0], A, 1_000, b"x");
        for (now, is_fresh) in [(969, false), (970, true), (1_060, true), (1_061, false)] {
            assert_eq!(open(&keys, A, now, &sealed).is_ok(), is_fresh, "{now}");
        }
    }

    /// A time that was signed may be any, also one to which nothing can be added.
    #[test]
    fn t30_no_time_overflows() {
        let keys = keys(&[1]);
        let sealed = seal(&keys[0], A, u64::MAX, b"x");
        assert_eq!(open(&keys, A, 1_000, &sealed), Err(NotSealed::Stale));
    }
}
