//! The server's own keys: [`SealingKeys`] for what comes back to it, [`SigningKeys`] for the tokens
//! that it issues.
//!
//! Both are configured as `kid:base64url[,kid:base64url…]`. The first key is the active one; the
//! others are still honoured, so a rotation is: put the new key second everywhere (signing keys are
//! published before they sign), then first, then drop the old one when nothing made with it lives.

#[cfg(feature = "authorization-server")]
mod demo;
mod named;
mod sealing;
#[cfg(feature = "authorization-server")]
mod signing;

#[cfg(feature = "authorization-server")]
pub use demo::demo_keys;
pub use sealing::SealingKeys;
#[cfg(feature = "authorization-server")]
pub use signing::SigningKeys;
