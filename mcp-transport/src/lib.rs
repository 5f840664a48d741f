#![doc = include_str!("../README.md")]

mod decoding_budget;
mod dispatch;
mod envelope;
mod exchange;
mod guard;
mod handler;
mod health;
#[cfg(feature = "lambda")]
pub mod lambda;
mod limits;
mod param_headers;
mod policy;
pub mod replica;
mod serve;
mod session;
#[cfg(feature = "sse")]
mod sse;
mod streamable;
mod subject;
mod time;

pub use decoding_budget::DecodingBudget;
pub use dispatch::Outlet;
pub use guard::{Guard, GuardError, GuardFuture, GuardLayer, GuardService};
pub use handler::{Handler, PeerUse, Stock};
pub use health::health;
pub use limits::Limits;
pub use param_headers::{ParamHeaderError, ParamHeaders};
pub use policy::{Call, Policy};
pub use serve::{Listeners, ServeError, Server, Shutdown, serve};
#[cfg(feature = "tls")]
pub use serve::{Tls, TlsError};
pub use session::{CountKey, OwnerKey};
#[cfg(feature = "sse")]
pub use sse::{LegacySse, SseLimits};
pub use streamable::{
    MixedRevisions, SessionLimits, Sessions, StreamableHttp, StreamableHttpService,
};
pub use subject::Subject;
