use std::{collections::HashMap, sync::Arc};

use aws_lc_rs::digest::{self, SHA256};
use http::HeaderMap;
use subtle::ConstantTimeEq as _;

use super::ApiKeys;
use crate::{
    error::ConfigError,
    names::{Issuer, ResourceIdentifier, Subject},
    principal::{Principal, PrincipalKind},
    verify::{AuthenticateError, Authenticator, DynAuthenticator, VerifyError, bearer},
};

/// 256 bits in base64url.
const MIN_SECRET: usize = 43;

pub(super) struct ApiKeyAuthenticator {
    by_id: HashMap<Box<str>, Known>,
}

struct Known {
    sha256: [u8; 32],
    principal: Arc<Principal>,
}

impl ApiKeyAuthenticator {
    pub(super) fn new(keys: ApiKeys, resource: &ResourceIdentifier) -> Result<Self, ConfigError> {
        let issuer = Issuer::new(resource.as_str())?;
        let known = |(id, key): (Box<str>, super::ApiKey)| {
            let subject = Subject::new(&*id)?;
            let principal = Principal::new(issuer.clone(), subject, PrincipalKind::Machine)
                .with_scopes(key.scopes);
            let known = Known {
                sha256: key.sha256,
                principal: Arc::new(principal),
            };
            Ok((id, known))
        };
        let by_id: Result<_, ConfigError> = keys.0.into_iter().map(known).collect();
        Ok(Self { by_id: by_id? })
    }

    /// `None` when the credential does not start with the id of a key.
    fn check(&self, credential: &str) -> Option<Result<&Arc<Principal>, VerifyError>> {
        let (id, secret) = credential.split_once('.')?;
        let known = self.by_id.get(id)?;
        if secret.len() < MIN_SECRET {
            return Some(Err(VerifyError::Invalid(
                "an API key with fewer than 256 bits",
            )));
        }
        let sha256 = digest::digest(&SHA256, credential.as_bytes());
        if !bool::from(sha256.as_ref().ct_eq(&known.sha256)) {
            return Some(Err(VerifyError::Invalid("a wrong API key")));
        }
        Some(Ok(&known.principal))
    }

    fn check_headers(&self, headers: &HeaderMap) -> Option<Result<&Arc<Principal>, VerifyError>> {
        self.check(str::from_utf8(bearer::credential(headers).ok()?).ok()?)
    }
}

impl Authenticator for ApiKeyAuthenticator {
    fn recall(&self, headers: &HeaderMap) -> Option<Arc<Principal>> {
        Some(self.check_headers(headers)?.ok()?.clone())
    }

    async fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<Principal>, AuthenticateError> {
        let token = bearer::token(headers)?;
        let unknown = Err(VerifyError::Invalid("no API key has this id"));
        Ok(self.check(token.expose()).unwrap_or(unknown)?.clone())
    }
}

/// API keys first; whatever is none goes to the other scheme.
pub(super) struct ApiKeyOrAuthenticator {
    keys: ApiKeyAuthenticator,
    other: Arc<dyn DynAuthenticator>,
}

impl ApiKeyOrAuthenticator {
    pub(super) fn new(keys: ApiKeyAuthenticator, other: Arc<dyn DynAuthenticator>) -> Self {
        Self { keys, other }
    }
}

impl Authenticator for ApiKeyOrAuthenticator {
    fn recall(&self, headers: &HeaderMap) -> Option<Arc<Principal>> {
        match self.keys.check_headers(headers) {
            Some(decided) => Some(decided.ok()?.clone()),
            None => self.other.recall(headers),
        }
    }

    async fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<Principal>, AuthenticateError> {
        match self.keys.check_headers(headers) {
            Some(decided) => Ok(decided?.clone()),
            None => self.other.authenticate(headers).await,
        }
    }
}
