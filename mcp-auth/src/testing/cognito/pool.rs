use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use super::{
    MockAppClient, MockCognitoError, MockUser,
    expiring::Expiring,
    keys::KeyRing,
    monitor::Monitor,
    sign_in::{IssuedCode, Session, SignIn},
};
use crate::{
    clock::{Clock, Timestamp},
    entropy::{Entropy, random},
    names::Issuer,
    seal::Sealer,
    user_pool::CognitoIssuerType,
};

/// The state that all endpoints share.
pub(super) struct Pool {
    pub(super) origin: String,
    pub(super) issuer: Issuer,
    pub(super) issuer_type: CognitoIssuerType,
    /// Another issuer while a replica signs.
    pub(super) signing_issuer: RwLock<Issuer>,
    pub(super) id: String,
    /// Every scope that a client may be given.
    pub(super) scopes: BTreeSet<String>,
    pub(super) directory: RwLock<Directory>,
    pub(super) keys: RwLock<KeyRing>,
    /// Seals refresh tokens.
    pub(super) sealer: Sealer,
    pub(super) sessions: Mutex<Expiring<Session>>,
    pub(super) codes: Mutex<Expiring<IssuedCode>>,
    /// `origin_jti`s whose tokens are revoked.
    pub(super) revoked: Mutex<Expiring<()>>,
    /// Ids of refresh tokens that were rotated out, with the end of their grace.
    pub(super) retired: Mutex<Expiring<Timestamp>>,
    pub(super) monitor: Monitor,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
}

/// Who may sign in, and through what.
pub(super) struct Directory {
    pub(super) users: Vec<MockUser>,
    pub(super) clients: Vec<MockAppClient>,
}

impl Pool {
    pub(super) fn jwks_uri(&self) -> String {
        format!("{}/{}/.well-known/jwks.json", self.origin, self.id)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn new_uuid(&self) -> Result<String, MockCognitoError> {
        Ok(uuid(random(&*self.entropy)?))
    }

    pub(super) fn user(&self, name: &str) -> Option<MockUser> {
        let directory = read(&self.directory);
        directory.users.iter().find(|u| u.answers_to(name)).cloned()
    }

    pub(super) fn client(&self, id: &str) -> Option<MockAppClient> {
        let directory = read(&self.directory);
        directory.clients.iter().find(|c| c.id == id).cloned()
    }

    pub(super) fn directory_mut(&self) -> RwLockWriteGuard<'_, Directory> {
        self.directory
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn keys(&self) -> RwLockReadGuard<'_, KeyRing> {
        read(&self.keys)
    }

    pub(super) fn keys_mut(&self) -> RwLockWriteGuard<'_, KeyRing> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The `iss` of the tokens that are made now.
    pub(super) fn signing_issuer(&self) -> Issuer {
        read(&self.signing_issuer).clone()
    }

    pub(super) fn sign_as(&self, issuer: Issuer) {
        *self
            .signing_issuer
            .write()
            .unwrap_or_else(PoisonError::into_inner) = issuer;
    }

    pub(super) fn is_revoked(&self, sign_in: &SignIn) -> bool {
        let revoked = lock(&self.revoked);
        revoked.get(self.now(), &sign_in.origin_jti).is_some()
    }
}

/// A panic elsewhere must not take the pool down: every entry is whole at any time.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// The text form of RFC 9562 §4, marked as version 4.
pub(super) fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}
