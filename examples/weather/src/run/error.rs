use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use portcullis::auth::{ConfigError, OpenStoreError};
use portcullis::transport::ServeError;
use portcullis::{BuildError, StdioError};

use crate::nws::NwsError;

/// Why a program does not serve. The message names the setting to change, where one is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A setting that this program does not have.
    #[error("{0} is set, but this program has no such setting: unset it, and do not count on it")]
    NoSuchSetting(&'static str),

    /// A setting that this build cannot follow.
    #[error(
        "{setting} is set, but this program was built without it: build it with `--features {feature}`, or unset it"
    )]
    NotBuilt {
        /// The setting.
        setting: &'static str,
        /// What it takes.
        feature: &'static str,
    },

    /// A setting of the authentication or of the authorization server.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The server's parts do not fit together.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The file of the token store.
    #[error("{setting}: {source}")]
    Store {
        /// The setting that names it.
        setting: &'static str,
        /// What is wrong with it.
        source: OpenStoreError,
    },
    /// The weather service's settings.
    #[error(transparent)]
    Weather(#[from] NwsError),
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}; change {setting}")]
    Bind {
        /// What was to be bound.
        address: SocketAddr,
        /// The setting that says so.
        setting: &'static str,
        /// The operating system's answer.
        source: io::Error,
    },
    /// The folder of the demo's state.
    #[error("cannot make the folder {folder}: {source}; choose another with --data FILE")]
    Folder {
        /// What was to be made.
        folder: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// Neither XDG_STATE_HOME nor HOME is set.
    #[error("there is no home folder to keep sign-ins in; say --data FILE or --data memory")]
    NoStateFolder,
    /// The mock user pool.
    #[cfg(feature = "demo")]
    #[error(transparent)]
    Pool(#[from] portcullis::auth::MockCognitoError),
    /// The demo's token for curl.
    #[cfg(feature = "demo")]
    #[error(transparent)]
    Mint(#[from] portcullis::auth::MintError),
    /// The ready line could not be written.
    #[error("cannot write to stdout: {0}")]
    Output(#[source] io::Error),
    /// The server that knows all replicas.
    #[cfg(feature = "valkey")]
    #[error("VALKEY_URL: {0}")]
    Valkey(#[from] portcullis::transport::replica::ValkeyError),
    /// The same, later.
    #[cfg(feature = "valkey")]
    #[error("VALKEY_URL: {0}")]
    Directory(#[from] portcullis::transport::replica::DirectoryError),
    /// Where the other replicas reach this one.
    #[cfg(feature = "valkey")]
    #[error("REPLICA_ADDRESS: {0} is no HOST:PORT")]
    ReplicaAddress(String),
    /// It listens everywhere, and that is no address.
    #[cfg(feature = "valkey")]
    #[error(
        "REPLICA_ADDRESS is not set: {0} is no address at which other replicas reach this one; set it to \
         this machine's HOST:PORT in the private network"
    )]
    NoReplicaAddress(std::net::IpAddr),
    /// The HTTP server.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The Lambda function.
    #[cfg(feature = "lambda")]
    #[error(transparent)]
    Lambda(#[from] portcullis::lambda::RunError),
    /// The session on stdin and stdout.
    #[error("{}", chain(.0))]
    Stdio(#[from] StdioError),
    /// No threads for a runtime.
    #[error("cannot start: {0}")]
    Runtime(#[source] io::Error),
    /// The server does not answer its health check.
    #[error("unhealthy: {}", chain(.0))]
    Unhealthy(#[source] reqwest::Error),
}

impl StartError {
    /// For `map_err`: the store that `setting` names cannot be opened.
    pub(crate) fn store(setting: &'static str) -> impl FnOnce(OpenStoreError) -> Self {
        move |source| Self::Store { setting, source }
    }
}

/// An error whose message alone does not say why, with its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
