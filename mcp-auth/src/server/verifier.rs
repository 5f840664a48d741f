use std::sync::Arc;

use super::{Server, grants::GrantEpoch, vault::VaultError};
use crate::{
    clock::{Clock, Timestamp},
    error::ConfigError,
    jwks::{KeySet, KeySource},
    keys::SigningKeys,
    names::{BearerToken, Issuer, ResourceIdentifier},
    principal::{Principal, PrincipalKind},
    scheme::{AuthScheme, ResourceAuth},
    verify::{
        VerifyError,
        jwt::{Algorithms, AudienceRule, JwtRules, JwtVerifier, TypRule, VerifiedClaims},
        remembered::{Basis, RememberableVerifier, RememberingAuthenticator, Verified},
    },
};

/// Verifies the access tokens of the [`AuthorizationServer`](super::AuthorizationServer) in the same
/// process: with its own keys, and its grants.
#[derive(Clone)]
pub struct GrantVerifier(Arc<Server>);

impl GrantVerifier {
    pub(super) fn new(server: Arc<Server>) -> Self {
        Self(server)
    }
}

impl AuthScheme for GrantVerifier {
    /// # Errors
    /// The authorization server issues no tokens for this resource.
    fn for_resource(self, resource: &ResourceIdentifier) -> Result<ResourceAuth, ConfigError> {
        let server = self.0;
        if !server.resources.ids().any(|id| id == resource) {
            return Err(ConfigError::new(
                "auth",
                format!(
                    "the authorization server issues no tokens for {resource}; add `.resource({resource:?}, [..])` to it"
                ),
            ));
        }
        let verifier = OwnTokens {
            tokens: own_token_verifier(
                &server.issuer,
                &server.signing,
                AudienceRule::Resource(resource.clone()),
                server.clock.clone(),
            )?,
            server: server.clone(),
        };
        let authenticator = RememberingAuthenticator::new(verifier, server.clock.clone())?;
        Ok(ResourceAuth::of_tokens(
            authenticator,
            vec![server.issuer.clone()],
        ))
    }
}

/// A verifier of the access tokens of `issuer`, by its own keys.
pub(super) fn own_token_verifier(
    issuer: &Issuer,
    signing: &SigningKeys,
    audience: AudienceRule,
    clock: Arc<dyn Clock>,
) -> Result<JwtVerifier, ConfigError> {
    let keys = KeySet::from_json(signing.jwk_set().to_string().as_bytes())
        .map_err(|error| ConfigError::new("keys", error.to_string()))?;
    let rules = JwtRules {
        issuer: issuer.clone(),
        algorithms: Algorithms::ES256,
        audience,
        typ: TypRule::AccessToken,
    };
    let keys = KeySource::Fixed(Arc::new(keys));
    Ok(JwtVerifier::new(rules, keys, clock))
}

struct OwnTokens {
    tokens: JwtVerifier,
    server: Arc<Server>,
}

impl RememberableVerifier for OwnTokens {
    async fn verify(&self, token: &BearerToken) -> Result<Verified, VerifyError> {
        let epoch = self.server.grants.epoch.current();
        let claims = self.tokens.verify(token).await?;
        let grant = self
            .server
            .grants
            .read(claims.required_string("sid")?)
            .await
            .inspect_err(|error| {
                self.server
                    .log_failure("a grant cannot be read", error.to_string());
            })?;
        if !grant.is_some_and(|grant| grant.value.is_active()) {
            return Err(VerifyError::Invalid("the grant is over"));
        }
        Ok(Verified {
            expires_at: claims.expires_at(),
            principal: Arc::new(principal(claims)?),
            basis: Arc::new(self.server.grants.epoch.clone()),
            epoch,
        })
    }
}

fn principal(claims: VerifiedClaims) -> Result<Principal, VerifyError> {
    let principal = Principal::new(
        claims.issuer().clone(),
        claims.subject()?,
        PrincipalKind::User,
    );
    let client_id = claims
        .client("client_id")?
        .ok_or(VerifyError::Invalid("client_id is missing"))?;
    let mut principal = principal
        .with_client_id(client_id)
        .with_scopes(claims.scopes()?)
        .with_expires_at(claims.expires_at());
    if let Some(username) = claims.string("username")? {
        principal = principal.with_username(username);
    }
    Ok(principal.with_claims(claims.into_claims()))
}

impl Basis for GrantEpoch {
    fn epoch(&self, _: Timestamp) -> Option<u64> {
        Some(self.current())
    }
}

impl From<VaultError> for VerifyError {
    fn from(_: VaultError) -> Self {
        Self::Unavailable {
            reason: "the grant cannot be read",
            retry_after: super::lifetimes::RETRY_AFTER,
        }
    }
}

impl std::fmt::Debug for GrantVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("GrantVerifier")
            .field(&self.0.issuer)
            .finish()
    }
}
