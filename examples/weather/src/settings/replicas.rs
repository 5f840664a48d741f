use clap::Args;
use portcullis::{
    auth::SealingKeys,
    replica_keys,
    transport::replica::{Membership, Replica, ReplicaName, Valkey},
};
use serde::Serialize;

use super::{ListenSettings, Secret};
use crate::run::StartError;

/// How the replicas of a server find each other.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct ReplicaSettings {
    /// Valkey or Redis server that knows all replicas, such as `rediss://:PASSWORD@HOST:6379`;
    /// without it, this is the only one. With it, PORTCULLIS_SEALING_KEYS (or …_FILE) is needed: by these
    /// keys, which all have, replicas know what one of them has written there
    #[arg(long, env = "VALKEY_URL", hide_env_values = true)]
    pub valkey_url: Option<Secret>,

    /// Host and port at which the other replicas reach this one. Default: where it listens, if that
    /// is one address
    #[arg(long, env = "REPLICA_ADDRESS", value_name = "HOST:PORT")]
    pub replica_address: Option<String>,
}

impl ReplicaSettings {
    /// This process as a replica with a random name.
    ///
    /// # Errors
    /// There are no sealing keys, the Valkey server cannot be reached, there is no randomness, or nobody can
    /// tell from where this process listens how others reach it.
    pub async fn open(&self, listen: &ListenSettings) -> Result<Option<Replica>, StartError> {
        let Some(url) = &self.valkey_url else {
            return Ok(None);
        };
        if self.replica_address.is_none() && listen.bind.is_unspecified() {
            return Err(StartError::NoReplicaAddress(listen.bind));
        }
        let keys = replica_keys(&SealingKeys::from_env()?);
        let directory = Valkey::connect(url.reveal(), keys).await?;
        let name = ReplicaName::random().map_err(StartError::Runtime)?;
        Ok(Some(Replica::new(name, directory)))
    }

    /// Lets the others find it.
    ///
    /// # Errors
    /// The Valkey server cannot be reached, or the address is none.
    pub async fn join(
        &self,
        replica: Option<&Replica>,
        listen: &ListenSettings,
    ) -> Result<Option<Membership>, StartError> {
        let Some(replica) = replica else {
            return Ok(None);
        };
        let address = match &self.replica_address {
            Some(address) => address.clone(),
            None => listen.address().to_string(),
        };
        let address = address
            .parse()
            .map_err(|_| StartError::ReplicaAddress(address))?;
        Ok(Some(replica.join(address).await?))
    }
}
