//! Configuration: flags and environment variables, parsed into types once, at the start.
//!
//! `weather-… config --schema` prints what each program takes.

mod auth;
mod base_path;
mod hosting;
mod listen;
mod origin;
#[cfg(feature = "valkey")]
mod replicas;
mod secret;
mod site;
mod store;
mod web_url;

pub use auth::IssuerSettings;
pub use base_path::{BasePath, BasePathError};
pub use hosting::HostingSettings;
pub use listen::ListenSettings;
pub use origin::{Origin, OriginError};
#[cfg(feature = "valkey")]
pub use replicas::ReplicaSettings;
pub use secret::Secret;
pub use site::SiteSettings;
pub use store::{StoreSetting, StoreSettingError};
pub use web_url::WebUrlError;
pub(crate) use web_url::web_url;
