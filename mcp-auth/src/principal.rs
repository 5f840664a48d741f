//! Who is calling, once that has been proven.

use aws_lc_rs::digest;
use serde_json::{Map, Value};

use crate::{
    clock::Timestamp,
    names::{ClientId, Issuer, ScopeSet, Subject},
};

/// Whether a person or a machine is behind a credential.
///
/// Kept apart because the `sub` of a machine's token is often its client id (T6): a tool that
/// stores things by user must not take one for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrincipalKind {
    /// A person who signed in.
    User,
    /// A client acting for itself (client credentials, an API key).
    Machine,
}

/// A verified caller. Only a [`TokenVerifier`](crate::TokenVerifier) or an
/// [`Authenticator`](crate::Authenticator) makes one.
#[derive(Debug, Clone)]
pub struct Principal {
    issuer: Issuer,
    subject: Subject,
    kind: PrincipalKind,
    client_id: Option<ClientId>,
    username: Option<String>,
    groups: Vec<String>,
    scopes: ScopeSet,
    expires_at: Option<Timestamp>,
    claims: Map<String, Value>,
}

impl Principal {
    /// A caller whom `issuer` knows as `subject`, with no scope, no client and no expiry.
    pub fn new(issuer: Issuer, subject: Subject, kind: PrincipalKind) -> Self {
        Self {
            issuer,
            subject,
            kind,
            client_id: None,
            username: None,
            groups: Vec::new(),
            scopes: ScopeSet::default(),
            expires_at: None,
            claims: Map::new(),
        }
    }

    /// Sets the OAuth client that acts for the caller.
    #[must_use]
    pub fn with_client_id(mut self, client_id: ClientId) -> Self {
        self.client_id = Some(client_id);
        self
    }

    /// Sets the name that people know the caller by; for display, never for decisions.
    #[must_use]
    pub fn with_username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// Sets the groups that the issuer puts the caller in.
    #[must_use]
    pub fn with_groups(mut self, groups: Vec<String>) -> Self {
        self.groups = groups;
        self
    }

    /// Sets the scopes that were granted.
    #[must_use]
    pub fn with_scopes(mut self, scopes: ScopeSet) -> Self {
        self.scopes = scopes;
        self
    }

    /// Sets when the credential ends.
    #[must_use]
    pub fn with_expires_at(mut self, expires_at: Timestamp) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// Sets the verified claims of the token.
    #[must_use]
    pub fn with_claims(mut self, claims: Map<String, Value>) -> Self {
        self.claims = claims;
        self
    }

    /// Who vouches for the caller.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The caller, unique within the issuer.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Person or machine.
    pub fn kind(&self) -> PrincipalKind {
        self.kind
    }

    /// The OAuth client that acts for the caller, where the credential names one.
    pub fn client_id(&self) -> Option<&ClientId> {
        self.client_id.as_ref()
    }

    /// The name for display, where the credential has one.
    pub fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// The groups that the issuer puts the caller in.
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// The scopes that were granted.
    pub fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// When the credential ends; `None` for one that does not.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// The verified claims of the token; empty for credentials that are not tokens.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// SHA-256 over issuer, subject and client, each with its length: the key under which sessions,
    /// tasks and state handles belong to this caller and nobody else (T27).
    pub fn owner_key(&self) -> [u8; 32] {
        let client = self.client_id.as_ref().map_or("", ClientId::as_str);
        key([self.issuer.as_str(), self.subject.as_str(), client])
    }

    /// SHA-256 over issuer and subject, each with its length: the same person or machine, whichever
    /// client acts for it. For what is meant for a user, and for bounds per user, which registering
    /// another client must not raise.
    pub fn subject_key(&self) -> [u8; 32] {
        key([self.issuer.as_str(), self.subject.as_str()])
    }
}

fn key<const N: usize>(parts: [&str; N]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    let mut key = [0; 32];
    key.copy_from_slice(context.finish().as_ref());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn principal(issuer: &str, subject: &str, client: &str) -> Principal {
        let (issuer, subject) = (Issuer::new(issuer).unwrap(), Subject::new(subject).unwrap());
        Principal::new(issuer, subject, PrincipalKind::User)
            .with_client_id(ClientId::new(client).unwrap())
    }

    #[test]
    fn t27_a_handle_belongs_to_issuer_subject_and_client_a_bound_to_issuer_and_subject() {
        let alice = principal("https://a.example.com", "alice", "claude");
        let other_client = principal("https://a.example.com", "alice", "cursor");
        assert_ne!(alice.owner_key(), other_client.owner_key());
        assert_eq!(alice.subject_key(), other_client.subject_key());
        for other in [
            principal("https://b.example.com", "alice", "claude"),
            principal("https://a.example.com", "bob", "claude"),
        ] {
            assert_ne!(alice.owner_key(), other.owner_key());
            assert_ne!(alice.subject_key(), other.subject_key());
        }
        assert_ne!(alice.owner_key(), alice.subject_key());

        // What says nothing about who is calling changes neither.
        let again = principal("https://a.example.com", "alice", "claude")
            .with_username("Alice")
            .with_groups(vec!["staff".into()])
            .with_scopes(ScopeSet::new(["a"]).unwrap());
        assert_eq!(alice.owner_key(), again.owner_key());
        assert_eq!(alice.subject_key(), again.subject_key());

        // No text moves from one part into the next.
        let shifted = principal("https://a.example.com", "alicec", "laude");
        assert_ne!(alice.owner_key(), shifted.owner_key());
        assert_ne!(alice.subject_key(), shifted.subject_key());

        let without_client = Principal::new(
            alice.issuer().clone(),
            alice.subject().clone(),
            PrincipalKind::User,
        );
        assert_ne!(alice.owner_key(), without_client.owner_key());
        assert_eq!(alice.subject_key(), without_client.subject_key());
    }
}
