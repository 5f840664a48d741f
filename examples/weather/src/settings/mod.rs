//! Configuration: flags and environment variables, parsed into types once, at the start.
//!
//! `weather-… config --schema` prints what each program takes.

mod auth;
mod hosting;
mod listen;
mod origin;
mod secret;
mod site;
mod store;

pub use auth::IssuerSettings;
pub use hosting::HostingSettings;
pub use listen::ListenSettings;
pub use origin::{Origin, OriginError};
pub use secret::Secret;
pub use site::SiteSettings;
pub use store::{StoreSetting, StoreSettingError};
