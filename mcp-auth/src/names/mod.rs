//! The field's terms as types: a value that exists has been checked.

mod ids;
mod issuer;
#[cfg(feature = "jwt")]
mod pool_id;
mod resource;
mod scope;
mod token;
mod web_url;

pub use ids::{ClientId, Subject};
pub use issuer::Issuer;
#[cfg(feature = "jwt")]
pub(crate) use pool_id::{is_aws_region, pool_region};
pub use resource::ResourceIdentifier;
pub use scope::{Scope, ScopeSet};
pub use token::BearerToken;
#[cfg(feature = "authorization-server")]
pub(crate) use web_url::has_wildcard_host;
pub(crate) use web_url::{is_loopback_host, parse_web_url};

/// A name that does not follow its grammar; the message says which rule it breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {problem}")]
pub struct InvalidName {
    what: &'static str,
    problem: &'static str,
}

impl InvalidName {
    pub(crate) const fn new(what: &'static str, problem: &'static str) -> Self {
        Self { what, problem }
    }
}
