use std::fmt;

use aws_lc_rs::digest;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::uuid;

/// A user of a [`MockCognito`](super::MockCognito) pool.
#[derive(Clone)]
pub struct MockUser {
    pub(super) username: String,
    pub(super) email: Option<String>,
    pub(super) sub: String,
    pub(super) groups: Vec<String>,
    password: SecretString,
}

impl MockUser {
    /// A confirmed user. A `username` with an `@` is the user's e-mail address too.
    ///
    /// The `sub` is a UUID made from the name, so that it survives a restart.
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Self {
        let username = username.into();
        Self {
            email: username.contains('@').then(|| username.clone()),
            sub: sub_of(&username),
            groups: Vec::new(),
            password: SecretString::from(password.into()),
            username,
        }
    }

    /// Sets the e-mail address; the user can sign in with it.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }

    /// Sets the `sub` claim.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.sub = subject.into();
        self
    }

    /// Puts the user in a group of the pool (`cognito:groups`).
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.groups.push(group.into());
        self
    }

    /// The name in tokens; Cognito's `username`.
    #[cfg(feature = "authorization-server")]
    pub(crate) fn username(&self) -> &str {
        &self.username
    }

    #[cfg(feature = "authorization-server")]
    pub(crate) fn sub(&self) -> &str {
        &self.sub
    }

    pub(super) fn answers_to(&self, name: &str) -> bool {
        self.username == name || self.email.as_deref() == Some(name)
    }

    pub(super) fn has_password(&self, password: &str) -> bool {
        let held = self.password.expose_secret().as_bytes();
        held.ct_eq(password.as_bytes()).into()
    }
}

impl fmt::Debug for MockUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockUser")
            .field("username", &self.username)
            .field("sub", &self.sub)
            .field("groups", &self.groups)
            .finish_non_exhaustive()
    }
}

fn sub_of(username: &str) -> String {
    let hash = digest::digest(&digest::SHA256, username.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    uuid(bytes)
}
