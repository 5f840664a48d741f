//! Configuration: flags and environment variables, parsed into types once, at the start.
//!
//! `weather-… config --schema` prints what each program takes.

mod auth;
mod base_path;
mod hosting;
mod lifetimes;
mod listen;
mod origin;
mod pool_id;
#[cfg(feature = "valkey")]
mod replicas;
mod secret;
mod site;
mod store;
mod user_pool;
mod web_url;

pub use auth::IssuerSettings;
pub use base_path::{BasePath, BasePathError};
pub use hosting::HostingSettings;
pub use lifetimes::{LifetimeSettings, ReuseSetting};
pub use listen::ListenSettings;
pub use origin::{Origin, OriginError};
pub(crate) use pool_id::pool_id;
pub use pool_id::{PoolIdError, RegionError};
#[cfg(feature = "valkey")]
pub use replicas::ReplicaSettings;
pub use secret::{Secret, SecretError};
pub use site::SiteSettings;
pub use store::{StoreSetting, StoreSettingError};
pub use user_pool::PoolIssuerSettings;
pub use web_url::WebUrlError;
pub(crate) use web_url::{absolute_url, web_url};
