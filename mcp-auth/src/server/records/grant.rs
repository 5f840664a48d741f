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
    Active { generation: u32, issued: Issued },
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

/// What a genuine refresh token is, compared with the grant's current generation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Presented {
    /// The current one: rotate.
    Current,
    /// The one before, while its response may have been lost: answer as before.
    InGrace,
    /// Used and superseded: somebody else has it.
    Reused,
}

impl Grant {
    pub(crate) fn presented(
        &self,
        generation: u32,
        now: Timestamp,
        grace: Duration,
    ) -> Option<Presented> {
        let GrantState::Active {
            generation: current,
            issued,
        } = &self.state
        else {
            return None;
        };
        if generation == *current {
            return Some(Presented::Current);
        }
        // Generation 1 comes with the code's redemption, so the first rotation makes generation 2.
        let is_previous = generation.checked_add(1) == Some(*current);
        if is_previous && now.since(issued.at) <= grace {
            return Some(Presented::InGrace);
        }
        // A later generation than the current one is genuine only if the store went back in time.
        Some(Presented::Reused)
    }

    /// Makes `issued` the current access token, with the next refresh token.
    pub(crate) fn advance(&mut self, issued: Issued) {
        let generation = match &self.state {
            GrantState::Active { generation, .. } => generation.saturating_add(1),
            GrantState::Coded { .. } | GrantState::Revoked => 1,
        };
        self.state = GrantState::Active { generation, issued };
    }

    /// Ends the grant and forgets the upstream session; gives it back, to be ended upstream.
    pub(crate) fn revoke(&mut self) -> Option<Secret> {
        self.state = GrantState::Revoked;
        std::mem::take(&mut self.upstream).refresh_token
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
    const LAYOUT: &str = "grant v1";
}
