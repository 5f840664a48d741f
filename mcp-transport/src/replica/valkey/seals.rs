//! What replicas write on a server, told apart from what anybody else writes there.

use std::{fmt, time::UNIX_EPOCH};

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use thiserror::Error;
use tokio::time::Duration;

use crate::replica::directory::KEPT;

/// What clocks may differ by, as for tokens.
const LEEWAY: Duration = Duration::from_secs(30);

/// Secrets that all replicas of a server share, by which they know each other's words on a
/// [`Valkey`](super::Valkey) server. The first seals; all are accepted.
///
/// They are 32 random bytes each, and serve nothing else. `portcullis::replica_keys` derives them from
/// the sealing keys (`PORTCULLIS_SEALING_KEYS`) that a server has anyway. A rotation is: accept the new
/// key on every replica, then let it be the first, then drop the old one a minute later.
#[derive(Clone)]
pub struct ReplicaKeys {
    first: hmac::Key,
    others: Vec<hmac::Key>,
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
pub(super) enum NotSealed {
    #[error(
        "what the Valkey server holds was sealed by none of this replica's keys, or for something else: \
         give all replicas the same ReplicaKeys (PORTCULLIS_SEALING_KEYS), and let nobody else write there"
    )]
    Forged,
    #[error(
        "what the Valkey server holds was sealed more than a minute ago or ahead: set the clocks of all \
         replicas, and let nobody else write there"
    )]
    Stale,
}

impl ReplicaKeys {
    /// One key, which seals.
    pub fn new(key: &[u8; 32]) -> Self {
        Self {
            first: hmac::Key::new(HMAC_SHA256, key),
            others: Vec::new(),
        }
    }

    /// Accepts what this key has sealed, too.
    #[must_use]
    pub fn accept(mut self, key: &[u8; 32]) -> Self {
        self.others.push(hmac::Key::new(HMAC_SHA256, key));
        self
    }

    /// `body`, with the time and a tag before it.
    pub(super) fn seal(&self, about: About<'_>, body: &[u8]) -> Vec<u8> {
        self.seal_at(now(), about, body)
    }

    /// What a replica has sealed about this within the last minute.
    pub(super) fn open<'a>(
        &self,
        about: About<'_>,
        sealed: &'a [u8],
    ) -> Result<&'a [u8], NotSealed> {
        self.open_at(now(), about, sealed)
    }

    fn seal_at(&self, at: u64, about: About<'_>, body: &[u8]) -> Vec<u8> {
        let tag = hmac::sign(&self.first, &signed(about, at, body));
        let tag = URL_SAFE_NO_PAD.encode(tag);
        [format!("{at} {tag} ").as_bytes(), body].concat()
    }

    fn open_at<'a>(
        &self,
        now: u64,
        about: About<'_>,
        sealed: &'a [u8],
    ) -> Result<&'a [u8], NotSealed> {
        let (at, tag, body) = split(sealed).ok_or(NotSealed::Forged)?;
        let signed = signed(about, at, body);
        // Constant in time for each key.
        let is_ours = |key| hmac::verify(key, &signed, &tag).is_ok();
        if !is_ours(&self.first) && !self.others.iter().any(is_ours) {
            return Err(NotSealed::Forged);
        }
        // Once it is forgotten a registration may be written again by others, and its address may be
        // another host's by then.
        if at.abs_diff(now) > (KEPT + LEEWAY).as_secs() {
            return Err(NotSealed::Stale);
        }
        Ok(body)
    }
}

impl fmt::Debug for ReplicaKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplicaKeys").finish_non_exhaustive()
    }
}

fn now() -> u64 {
    // Before 1970 nothing is fresh.
    UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs())
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

    #[test]
    fn t30_a_seal_holds_for_what_it_speaks_of() {
        let keys = ReplicaKeys::new(&[1; 32]);
        let sealed = keys.seal_at(1_000, A, b"10.0.0.7:80");
        assert_eq!(keys.open_at(1_000, A, &sealed), Ok(&b"10.0.0.7:80"[..]));
        for other in [About::Replica("b"), About::Topic("a")] {
            assert_eq!(
                keys.open_at(1_000, other, &sealed),
                Err(NotSealed::Forged),
                "{other:?}"
            );
        }
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            for forged in [&changed, &sealed[..index]] {
                assert_eq!(
                    keys.open_at(1_000, A, forged),
                    Err(NotSealed::Forged),
                    "{index}"
                );
            }
        }
    }

    #[test]
    fn t30_a_seal_is_over_after_a_minute() {
        let keys = ReplicaKeys::new(&[1; 32]);
        let sealed = keys.seal_at(1_000, A, b"x");
        for (now, is_fresh) in [(939, false), (940, true), (1_060, true), (1_061, false)] {
            let opened = keys.open_at(now, A, &sealed);
            let expected = is_fresh.then_some(&b"x"[..]).ok_or(NotSealed::Stale);
            assert_eq!(opened, expected, "{now}");
        }
    }
}
