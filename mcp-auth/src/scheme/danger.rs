//! Ways to weaken a server. They are here so that one search finds every use.

use super::{AuthScheme, ResourceAuth};
use crate::{error::ConfigError, names::ResourceIdentifier};

/// Lets everybody in: no request has a [`Principal`](crate::Principal), and none is refused.
///
/// Only for servers whose tools do nothing that a stranger may not do.
pub fn anonymous() -> Anonymous {
    Anonymous(())
}

/// The scheme that [`anonymous`] makes.
#[derive(Debug, Clone)]
pub struct Anonymous(());

impl AuthScheme for Anonymous {
    fn for_resource(self, _: &ResourceIdentifier) -> Result<ResourceAuth, ConfigError> {
        Ok(ResourceAuth {
            authenticator: None,
            authorization_servers: Vec::new(),
            only_their_tokens: false,
        })
    }
}
