use std::{error::Error, fmt, io, net::SocketAddr};

use portcullis_auth::{ConfigError, MintError, MockCognitoError};
use portcullis_transport::ServeError;

use crate::error::BuildError;

/// Why there is no server at the desk.
///
/// Its `Debug` is its message with the causes, since that is what `main` prints.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum DeskError {
    /// The address cannot be bound.
    #[error(
        "cannot listen on {address}; is something else running there? Try --listen 127.0.0.1:0"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The origin is reachable by others, who know the password too.
    #[error("{0} is not on loopback, and everybody knows the demo user's password")]
    NotLoopback(String),
    /// Neither `Desk` nor `dev::login` works without a runtime.
    #[error("dev::login must be called within a tokio runtime")]
    NoRuntime,
    /// The mock pool cannot be started.
    #[error("cannot start the mock Cognito pool")]
    Pool(#[from] MockCognitoError),
    /// A setting is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The app does not fit together.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The bearer token cannot be made.
    #[error("cannot make a bearer token")]
    Mint(#[from] MintError),
    /// The server cannot run.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// stdout or the listener is gone.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl fmt::Debug for DeskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut source = self.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
