//! An OpenID provider that says what a test tells it to.

use http::StatusCode;
use portcullis_auth::{AuthorizationServerBuilder, MemoryStore, Upstream};
use serde_json::{Value, json};

use super::world::*;
use crate::issuer::{Signer, Site, jwks};

pub(crate) const UPSTREAM_ACCESS: &str = "opaque-upstream-access-token";
pub(crate) const UPSTREAM_REFRESH: &str = "opaque-upstream-refresh-token";

pub(crate) struct Provider {
    site: Site,
    signer: Signer,
    /// As Entra, Okta and Auth0: no refresh token for whom does not ask for this scope.
    ties_refresh_to: Option<&'static str>,
}

impl Provider {
    /// A provider whose metadata has these members, too.
    pub(crate) async fn start(metadata: Value) -> Self {
        let site = Site::start().await;
        let signer = Signer::ec("k1");
        let mut document = json!({
            "issuer": site.origin,
            "authorization_endpoint": site.url("/authorize"),
            "token_endpoint": site.url("/token"),
            "jwks_uri": site.url("/jwks.json"),
        });
        let members = document.as_object_mut().unwrap();
        members.extend(metadata.as_object().unwrap().clone());
        let path = "/.well-known/openid-configuration";
        site.set(path, 200, document.to_string());
        site.set("/jwks.json", 200, jwks([signer.jwk()]));
        Self {
            site,
            signer,
            ties_refresh_to: None,
        }
    }

    pub(crate) fn tie_refresh_to(mut self, scope: &'static str) -> Self {
        self.ties_refresh_to = Some(scope);
        self
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.site.origin
    }

    /// A server in front of it.
    pub(crate) fn world(
        &self,
        settings: impl FnOnce(AuthorizationServerBuilder) -> AuthorizationServerBuilder,
    ) -> World {
        let upstream = self.upstream();
        World::offline_with(|builder| {
            settings(builder.store(MemoryStore::new()).upstream(upstream))
        })
    }

    pub(crate) fn upstream(&self) -> Upstream {
        Upstream::oidc(self.issuer(), "app", None).groups_claim("groups")
    }

    /// An id token for `alice`, with these claims, too.
    pub(crate) fn id_token(&self, claims: Value) -> String {
        let mut all = json!({
            "iss": self.issuer(), "sub": "alice", "aud": "app", "iat": NOW, "exp": NOW + 86_400,
        });
        let members = all.as_object_mut().unwrap();
        members.extend(claims.as_object().unwrap().clone());
        let header = json!({ "alg": self.signer.alg(), "kid": self.signer.kid });
        self.signer.token(&header, &all)
    }

    /// What the token endpoint answers from now on, besides what every answer has.
    pub(crate) fn answers(&self, members: Value) {
        let mut answer = json!({
            "access_token": UPSTREAM_ACCESS, "refresh_token": UPSTREAM_REFRESH,
            "token_type": "Bearer", "expires_in": 3600,
        });
        let all = answer.as_object_mut().unwrap();
        all.extend(members.as_object().unwrap().clone());
        self.site.set("/token", 200, answer.to_string());
    }

    /// Walks a browser to the end of the sign-in, with an id token that has these claims; gives the
    /// callback, without `iss`. The id token is noted as a secret of `world`.
    pub(crate) async fn sign_in(
        &self,
        world: &World,
        browser: &mut Browser,
        authorize: &str,
        claims: Value,
    ) -> String {
        let to_provider = browser.consent(authorize).await;
        assert_eq!(to_provider.status, StatusCode::FOUND, "{to_provider:?}");
        let sent = |name| to_provider.redirected(name).unwrap();
        let mut claims = claims;
        claims["nonce"] = json!(sent("nonce"));
        let id_token = self.id_token(claims);
        world.note(&id_token);
        let asked = sent("scope");
        let refresh_token = match self.ties_refresh_to {
            Some(scope) if !asked.split(' ').any(|it| it == scope) => Value::Null,
            _ => json!(UPSTREAM_REFRESH),
        };
        self.answers(json!({ "id_token": id_token, "refresh_token": refresh_token }));
        format!("/callback?code=x&state={}", sent("state"))
    }
}
