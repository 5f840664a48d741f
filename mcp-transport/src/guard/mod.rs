//! `Host` and `Origin`: against DNS rebinding and cross-site requests.
//!
//! A page in a browser can make requests to a server that only the browser can reach, under a name
//! of its own. So one set of rules stands before every route:
//!
//! 1. Health paths pass: a load balancer probes them under an address of its own choosing.
//! 2. `Host`, and `:authority` or an absolute target where there is one, name a host of the
//!    allow-list. Missing, repeated or unreadable: 400. Foreign: 403.
//! 3. `Origin`, where there is one, is on the allow-list; else 403. Clients that are no browsers
//!    send none. `null` is never allowed.
//!    Where [any origin](Guard::allow_any_origin_at) may read, it is not looked at: such a route has CORS of
//!    its own, without credentials.
//! 4. For allowed origins, CORS preflights are answered and responses may be read by the page.
//!
//! The allow-lists follow from the public URL. A server whose public URL is on loopback answers to
//! all loopback names of that port. Behind a proxy that sends another `Host`, allow that one too.
//!
//! A refusal names the setting to change, and never repeats what the client sent.

mod authority;
mod config;
mod cors;
mod layer;
mod refusal;
mod rules;

pub use config::{Guard, GuardError};
pub use layer::{GuardFuture, GuardLayer, GuardService};
