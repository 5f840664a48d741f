//! Who signed in, and what the provider lets them have.

use std::{sync::Arc, time::Duration};

use super::{
    config::{Dialect, UpstreamConfig},
    error::UpstreamError,
    token_response::TokenResponse,
};
use crate::{
    clock::{Clock, Timestamp},
    error::ConfigError,
    jwks::{JwksCache, KeySource},
    names::{ResourceIdentifier, ScopeSet, Subject},
    server::{records::User, scopes::UpstreamSay, secret::Secret},
    verify::jwt::{
        AudienceRule, CognitoAudience, JwtRules, JwtVerifier, ResourceBinding, TypRule,
        VerifiedClaims, choose_by_issuer,
    },
};

/// What a provider without `expires_in` is taken to mean.
const DEFAULT_EXPIRY: Duration = Duration::from_secs(3600);

/// A verified session at the provider.
pub(crate) struct Session {
    pub(crate) user: User,
    pub(crate) say: UpstreamSay,
    pub(crate) refresh_token: Option<Secret>,
    /// When the provider's access token ends.
    pub(crate) due_at: Timestamp,
}

/// Verifies the provider's tokens.
pub(super) struct Identifier {
    dialect: Dialect,
    /// One for each issuer.
    id_tokens: Vec<JwtVerifier>,
    /// One for each issuer, or none: only Cognito's access tokens are JWTs for sure.
    access_tokens: Vec<JwtVerifier>,
    groups_claim: String,
    clock: Arc<dyn Clock>,
}

impl Identifier {
    pub(super) fn new(config: &UpstreamConfig, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let mut id_tokens = Vec::new();
        let mut access_tokens = Vec::new();
        for (issuer, location) in &config.issuers {
            let keys = KeySource::Remote(JwksCache::new(location.clone(), clock.clone()));
            let verifier = |audience| {
                let rules = JwtRules {
                    issuer: issuer.clone(),
                    algorithms: config.algorithms,
                    audience,
                    typ: TypRule::Plain,
                };
                JwtVerifier::new(rules, keys.clone(), clock.clone())
            };
            id_tokens.push(verifier(AudienceRule::Client(config.client_id.clone())));
            if config.dialect == Dialect::Cognito {
                // No resource is bound upstream, so the client decides; a token that were bound to
                // something else than the pool itself would be refused.
                let pool = ResourceIdentifier::new(issuer.as_str())?;
                let clients = vec![config.client_id.clone()];
                let audience = CognitoAudience::new(pool, clients, ResourceBinding::Optional);
                access_tokens.extend(audience.map(AudienceRule::Cognito).map(verifier));
            }
        }
        Ok(Self {
            dialect: config.dialect,
            id_tokens,
            access_tokens,
            groups_claim: config.groups_claim.clone(),
            clock,
        })
    }

    /// The session of a fresh login, whose id token must carry our nonce.
    pub(super) async fn signed_in(
        &self,
        response: TokenResponse,
        asked: &ScopeSet,
        nonce: &Secret,
    ) -> Result<Session, UpstreamError> {
        let id = self
            .id_claims(&response)
            .await?
            .ok_or(UpstreamError::Untrusted("there is no id token"))?;
        if id.string("nonce")? != Some(nonce.expose()) {
            return Err(UpstreamError::Untrusted("the id token has another nonce"));
        }
        let subject = id.subject()?;
        self.session(response, asked, subject, Some(id)).await
    }

    /// The session after a refresh, which must be of the same user.
    pub(super) async fn refreshed(
        &self,
        response: TokenResponse,
        asked: &ScopeSet,
        subject: &Subject,
    ) -> Result<Session, UpstreamError> {
        let id = self.id_claims(&response).await?;
        if let Some(id) = &id
            && id.subject()? != *subject
        {
            return Err(UpstreamError::Untrusted("the id token is another user's"));
        }
        self.session(response, asked, subject.clone(), id).await
    }

    async fn session(
        &self,
        response: TokenResponse,
        asked: &ScopeSet,
        subject: Subject,
        id: Option<VerifiedClaims>,
    ) -> Result<Session, UpstreamError> {
        let access = self.access_claims(&response, &subject).await?;
        let scopes = match &access {
            Some(access) => access.scopes()?,
            None => match &response.scope {
                Some(granted) => granted
                    .parse()
                    .map_err(|_| UpstreamError::Untrusted("the scope is malformed"))?,
                // RFC 6749 §5.1: omitted means as requested.
                None => asked.clone(),
            },
        };
        let named = [access.as_ref(), id.as_ref()];
        let named = || named.iter().flatten();
        let groups = match named().find(|claims| claims.contains(&self.groups_claim)) {
            Some(claims) => Some(claims.list(&self.groups_claim)?),
            // Verified claims without the member say that there are none.
            None => named().next().map(|_| Vec::new()),
        };
        let names = ["username", "cognito:username", "preferred_username"];
        let username = named()
            .flat_map(|claims| names.iter().filter_map(|name| claims.string(name).ok()?))
            .next();
        let lifetime = response
            .expires_in
            .map_or(DEFAULT_EXPIRY, Duration::from_secs);
        Ok(Session {
            user: User {
                subject,
                username: username.map(str::to_owned),
            },
            say: UpstreamSay { scopes, groups },
            due_at: self.clock.now().plus(lifetime),
            refresh_token: response.refresh_token,
        })
    }

    async fn id_claims(
        &self,
        response: &TokenResponse,
    ) -> Result<Option<VerifiedClaims>, UpstreamError> {
        let Some(token) = response.id_token()? else {
            return Ok(None);
        };
        let verifier = choose_by_issuer(&self.id_tokens, JwtVerifier::issuer, &token)?;
        let claims = verifier.verify(&token).await?;
        if self.dialect == Dialect::Cognito && claims.string("token_use")? != Some("id") {
            return Err(UpstreamError::Untrusted("the id token is of another use"));
        }
        Ok(Some(claims))
    }

    async fn access_claims(
        &self,
        response: &TokenResponse,
        subject: &Subject,
    ) -> Result<Option<VerifiedClaims>, UpstreamError> {
        if self.access_tokens.is_empty() {
            return Ok(None);
        }
        let token = response.access_token()?;
        let verifier = choose_by_issuer(&self.access_tokens, JwtVerifier::issuer, &token)?;
        let claims = verifier.verify(&token).await?;
        if claims.string("token_use")? != Some("access") {
            return Err(UpstreamError::Untrusted(
                "the access token is of another use",
            ));
        }
        if claims.subject()? != *subject {
            return Err(UpstreamError::Untrusted(
                "the access token is another user's",
            ));
        }
        Ok(Some(claims))
    }
}
