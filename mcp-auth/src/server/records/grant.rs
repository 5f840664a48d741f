use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    clock::Timestamp,
    names::{ClientId, ResourceIdentifier, ScopeSet, Subject},
    server::{
        lifetimes::Lifetimes, pkce::CodeChallenge, redirect_uri::RedirectUri, secret::Secret,
        vault::Record,
    },
    store::RecordKind,
    verify::jwt::LEEWAY,
};

/// What a user granted to a client: one record, whose every transition is one compare-and-set.
///
/// ```text
/// Coded ──redeem──► Active(1) ──refresh──► Active(2) ──► …
///   │                  │                      │
///   └──────────────────┴───── revoke ─────────┴──► Revoked
/// ```
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) client_id: ClientId,
    pub(crate) resource: ResourceIdentifier,
    pub(crate) scopes: ScopeSet,
    pub(crate) user: User,
    pub(crate) created_at: Timestamp,
    pub(crate) upstream: UpstreamSession,
    pub(crate) state: GrantState,
}

/// Who granted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct User {
    /// The upstream `sub`.
    pub(crate) subject: Subject,
    pub(crate) username: Option<String>,
}

/// The session at the upstream provider that the grant rests on.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct UpstreamSession {
    /// Without one the session cannot be checked, and the grant cannot be refreshed.
    pub(crate) refresh_token: Option<Secret>,
    /// When the upstream access token ends: the next refresh after that asks upstream again.
    pub(crate) due_at: Option<Timestamp>,
    /// Until when one request has the upstream refresh to itself.
    pub(crate) leased_until: Option<Timestamp>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum GrantState {
    /// A code is on its way to the client.
    Coded {
        redirect_uri: RedirectUri,
        redirect_uri_named: bool,
        challenge: CodeChallenge,
    },
    /// Refresh token `generation` is the current one.
    Active {
        generation: u32,
        issued: Issued,
        /// When the generations before this one were superseded, the newest last; none that is longer
        /// ago than the grace.
        superseded: Vec<Timestamp>,
    },
    /// Over. Kept until it expires, so that old tokens are known to be old.
    Revoked,
}

/// The latest access token, as far as it must be made again within the grace.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Issued {
    pub(crate) at: Timestamp,
    pub(crate) jti: String,
    pub(crate) scopes: ScopeSet,
}

/// How long a generation lives at least: several calls that refresh in parallel get one and the same.
const FRESH: Duration = Duration::from_secs(10);

/// The most generations that are superseded within the longest grace, an hour, one in each [`FRESH`].
const MAX_SUPERSEDED: usize = 361;

/// What a genuine refresh token is answered, by its generation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Presented {
    /// The current tokens: a response was lost, calls raced, or programs share a stored token.
    Repeat,
    /// The next tokens.
    Rotate,
    /// Nothing: it was superseded longer ago than the grace. Somebody else may have it.
    Reused,
}

impl Grant {
    /// `None` if the grant is not active.
    pub(crate) fn presented(
        &self,
        generation: u32,
        now: Timestamp,
        lifetimes: &Lifetimes,
    ) -> Option<Presented> {
        let GrantState::Active {
            generation: current,
            issued,
            superseded,
        } = &self.state
        else {
            return None;
        };
        // If the clock has been set back since, nobody takes the current access token yet.
        let is_valid = issued.at <= now.plus(LEEWAY);
        let is_younger_than = |age| is_valid && now.since(issued.at) < age;
        // A later generation than the current one is genuine only if the store went back in time.
        let Some(back) = current.checked_sub(generation) else {
            return Some(Presented::Reused);
        };
        if back == 0 {
            return Some(if is_younger_than(FRESH) {
                Presented::Repeat
            } else {
                Presented::Rotate
            });
        }
        let superseded_at = usize::try_from(back)
            .ok()
            .and_then(|back| superseded.len().checked_sub(back))
            .and_then(|index| superseded.get(index));
        Some(match superseded_at {
            Some(at) if now.since(*at) < lifetimes.grace => {
                // An access token in its second half would soon bring its client back.
                if is_younger_than(lifetimes.access / 2) {
                    Presented::Repeat
                } else {
                    Presented::Rotate
                }
            }
            _ => Presented::Reused,
        })
    }

    /// Makes `issued` the current access token, with the next refresh token.
    pub(crate) fn advance(&mut self, issued: Issued, grace: Duration) {
        let state = std::mem::replace(&mut self.state, GrantState::Revoked);
        let (generation, superseded) = match state {
            GrantState::Active {
                generation,
                mut superseded,
                ..
            } => {
                superseded.push(issued.at);
                let is_past = |at: &&Timestamp| issued.at.since(**at) >= grace;
                let past = superseded.iter().take_while(is_past).count();
                let too_many = superseded.len().saturating_sub(MAX_SUPERSEDED);
                superseded.drain(..past.max(too_many));
                (generation.saturating_add(1), superseded)
            }
            GrantState::Coded { .. } | GrantState::Revoked => (1, Vec::new()),
        };
        self.state = GrantState::Active {
            generation,
            issued,
            superseded,
        };
    }

    /// Whether the current access token has just these scopes.
    pub(crate) fn has_issued(&self, wanted: &ScopeSet) -> bool {
        matches!(&self.state, GrantState::Active { issued, .. } if issued.scopes == *wanted)
    }

    /// Ends the grant and forgets the upstream session; gives it back, to be ended upstream.
    pub(crate) fn revoke(&mut self) -> Option<Secret> {
        self.state = GrantState::Revoked;
        std::mem::take(&mut self.upstream).refresh_token
    }

    /// When it was last used: its latest access token, or its beginning.
    pub(crate) fn used_at(&self) -> Timestamp {
        match &self.state {
            GrantState::Active { issued, .. } => issued.at,
            GrantState::Coded { .. } | GrantState::Revoked => self.created_at,
        }
    }

    pub(crate) fn is_active(&self) -> bool {
        matches!(self.state, GrantState::Active { .. })
    }

    pub(crate) fn is_revoked(&self) -> bool {
        matches!(self.state, GrantState::Revoked)
    }

    /// When the record ends if it is used at `now`: idle and absolute lifetime.
    pub(crate) fn expires_at(&self, now: Timestamp, lifetimes: &Lifetimes) -> Timestamp {
        let idle = now.plus(lifetimes.refresh_idle);
        let idle = match self.upstream.refresh_token {
            Some(_) => idle,
            // Nothing but the access token is left to live.
            None => now.plus(lifetimes.access + Duration::from_secs(60)),
        };
        idle.min(self.created_at.plus(lifetimes.refresh_absolute))
    }
}

impl Record for Grant {
    const KIND: RecordKind = RecordKind::Grant;
    const LAYOUT: &str = "grant v2";
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn lifetimes() -> Lifetimes {
        Lifetimes {
            grace: HOUR,
            ..Lifetimes::default()
        }
    }

    /// A grant of which this many generations were issued, all at once.
    fn grant(generations: usize) -> Grant {
        let mut grant = Grant {
            client_id: ClientId::new("client").unwrap(),
            resource: ResourceIdentifier::new("https://mcp.example.com/mcp").unwrap(),
            scopes: ScopeSet::default(),
            user: User {
                subject: Subject::new("user").unwrap(),
                username: None,
            },
            created_at: NOW,
            upstream: UpstreamSession::default(),
            state: GrantState::Revoked,
        };
        for _ in 0..generations {
            let issued = Issued {
                at: NOW,
                jti: String::new(),
                scopes: ScopeSet::default(),
            };
            grant.advance(issued, HOUR);
        }
        grant
    }

    #[test]
    fn t20_a_generation_that_the_record_has_not_reached_is_reused() {
        let presented = |generation| grant(3).presented(generation, NOW, &lifetimes());
        assert_eq!(presented(3), Some(Presented::Repeat));
        assert_eq!(presented(4), Some(Presented::Reused));
    }

    /// However fast it is refreshed: here by a provider whose tokens end at once.
    #[test]
    fn t20_a_grant_remembers_no_more_generations_than_an_hour_has() {
        let grant = grant(1000);
        let GrantState::Active { superseded, .. } = &grant.state else {
            panic!("active");
        };
        assert_eq!(superseded.len(), MAX_SUPERSEDED);
        let presented = |generation| grant.presented(generation, NOW, &lifetimes());
        assert_eq!(presented(1000 - 361), Some(Presented::Repeat));
        assert_eq!(presented(1000 - 362), Some(Presented::Reused));
    }
}
