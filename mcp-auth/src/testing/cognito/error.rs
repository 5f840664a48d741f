use crate::{entropy::EntropyError, error::ConfigError, names::InvalidName};

/// Why the mock pool could not be made or could not issue a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MockCognitoError {
    /// A setting that Cognito would refuse, or an origin that is not on loopback.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no app client of this id; add it with `.client(..)`.
    #[error("the mock pool has no app client {0:?}: add it with `.client(..)`")]
    UnknownClient(String),
    /// There is no user of this name; add one with `.user(..)`.
    #[error("the mock pool has no user {0:?}: add one with `.user(..)`")]
    UnknownUser(String),
    /// The listener could not be bound or has no address.
    #[error("the mock pool cannot listen: {0}")]
    Listen(#[from] std::io::Error),
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// aws-lc could not make a key, sign or seal.
    #[error("the mock pool's cryptography failed")]
    Crypto,
}

impl From<InvalidName> for MockCognitoError {
    fn from(error: InvalidName) -> Self {
        ConfigError::from(error).into()
    }
}
