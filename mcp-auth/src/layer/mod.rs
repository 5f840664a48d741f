//! The doorman: one credential in, one [`Principal`](crate::Principal) out.
//!
//! 1. A request that was authenticated before with the same token passes at once.
//! 2. No credential → 401 with a challenge that has no `error`.
//! 3. Two `Authorization` headers, or one that is no bearer credential → 400 `invalid_request`.
//! 4. A credential that is not good → 401 `invalid_token`.
//! 5. Keys that cannot be had now → 503 with `Retry-After`: nobody is signed out by that.
//! 6. Otherwise `Arc<Principal>` is in the request's extensions, and `Authorization` is gone, so that
//!    no tool can pass the token on (T25).
//!
//! Tokens in the query or the body are not looked at (T10).

mod future;
#[allow(clippy::module_inception, reason = "the layout of tower-http")]
mod layer;
mod response;
mod service;

pub use self::{future::ResponseFuture, layer::AuthLayer, service::AuthService};
