use portcullis_auth::SealingKeys;
use portcullis_transport::replica::ReplicaKeys;

/// The keys by which replicas know what one of them has written to a Valkey server, derived from the sealing
/// keys that all of them have. Both rotate together.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use portcullis::{
///     auth::SealingKeys,
///     replica_keys,
///     transport::replica::{Replica, ReplicaName, Valkey},
/// };
///
/// let keys = replica_keys(&SealingKeys::from_env()?);
/// let valkey = Valkey::connect("rediss://valkey.internal:6379", keys).await?;
/// let replica = Replica::new(ReplicaName::random()?, valkey);
/// # Ok(())
/// # }
/// ```
pub fn replica_keys(keys: &SealingKeys) -> ReplicaKeys {
    let (active, others) = keys.derive("replicas v1");
    others
        .iter()
        .fold(ReplicaKeys::new(&active), |keys, other| keys.accept(other))
}
