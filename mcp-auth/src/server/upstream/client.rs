use std::sync::{Arc, Once};

use http::Method;
use secrecy::ExposeSecret as _;
use url::Url;

use super::{
    config::{Upstream, UpstreamConfig},
    endpoints::{Endpoints, OFFLINE_ACCESS},
    error::UpstreamError,
    identity::{Identifier, Session},
    token_response::TokenResponse,
};
use crate::{
    clock::Clock,
    error::ConfigError,
    http_client::HttpClient,
    names::{Scope, ScopeSet, Subject},
    server::{
        pkce::{self, CodeVerifier},
        secret::Secret,
    },
};

const MAX_RESPONSE: usize = 64 * 1024;

/// The authorization server as a client of the upstream provider.
pub(crate) struct UpstreamClient {
    config: UpstreamConfig,
    identifier: Identifier,
    callback: String,
    http: HttpClient,
    /// Said once: the provider is set up like this for everybody.
    without_refresh_token: Once,
}

/// One sign-in: what ties the answer of the provider to the question.
pub(crate) struct SignIn<'a> {
    pub(crate) scopes: &'a ScopeSet,
    pub(crate) nonce: &'a Secret,
    pub(crate) verifier: &'a CodeVerifier,
}

impl UpstreamClient {
    pub(crate) fn new(
        upstream: Upstream,
        callback: String,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigError> {
        let config = upstream.check()?;
        Ok(Self {
            identifier: Identifier::new(&config, clock)?,
            config,
            callback,
            http: HttpClient::default(),
            without_refresh_token: Once::new(),
        })
    }

    /// Whether an authorization response with this `iss` is the provider's (RFC 9207 §2.4). One that
    /// announces the parameter never leaves it out.
    pub(crate) async fn sends(&self, iss: Option<&str>) -> Result<bool, UpstreamError> {
        match iss {
            Some(iss) => {
                let mut issuers = self.config.issuers.iter();
                Ok(issuers.any(|(issuer, _)| issuer.as_str() == iss))
            }
            None => Ok(!self
                .config
                .endpoints
                .endpoints(&self.http)
                .await?
                .names_issuer),
        }
    }

    /// Where the browser signs in. Every value is encoded as one parameter (S-13).
    pub(crate) async fn authorization_url(
        &self,
        sign_in: SignIn<'_>,
        state: &str,
    ) -> Result<Url, UpstreamError> {
        let endpoints = self.config.endpoints.endpoints(&self.http).await?;
        let mut url = endpoints.authorization.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", self.config.client_id.as_str())
            .append_pair("redirect_uri", &self.callback)
            .append_pair("scope", &self.scope_parameter(endpoints, sign_in.scopes))
            .append_pair("state", state)
            .append_pair("nonce", sign_in.nonce.expose())
            .append_pair("code_challenge", sign_in.verifier.challenge().as_str())
            .append_pair("code_challenge_method", pkce::METHOD)
            .extend_pairs(&self.config.parameters);
        Ok(url)
    }

    /// `openid` is what makes the provider issue the id token that carries our nonce; `offline_access`
    /// is what makes some of them give a refresh token.
    fn scope_parameter(&self, endpoints: &Endpoints, asked: &ScopeSet) -> String {
        let offline = endpoints.knows_offline_access.then_some(OFFLINE_ACCESS);
        let named = ["openid"].into_iter().chain(offline);
        let own = self.config.scopes.iter().chain(asked.iter());
        let mut scopes: Vec<&str> = Vec::new();
        for scope in named.chain(own.map(Scope::as_str)) {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        scopes.join(" ")
    }

    /// Exchanges the code that the browser brought back.
    pub(crate) async fn exchange(
        &self,
        sign_in: SignIn<'_>,
        code: &str,
    ) -> Result<Session, UpstreamError> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.callback),
            ("code_verifier", sign_in.verifier.expose()),
        ];
        let response = self.token_request(&form).await?;
        if response.refresh_token.is_none() {
            self.without_refresh_token.call_once(|| {
                tracing::warn!(
                    "the upstream provider gives no refresh token, so people sign in again whenever \
                     an access token ends; what it wants to be asked for is set by Upstream::scope \
                     and Upstream::authorization_parameter"
                );
            });
        }
        self.identifier
            .signed_in(response, sign_in.scopes, sign_in.nonce)
            .await
    }

    /// Asks whether the session still lives. A provider that rotates gives a new refresh token, which
    /// takes the old one's place at once: should the rest of the answer not be verifiable now, because
    /// the keys cannot be had, the old one would be dead all the same.
    pub(crate) async fn refresh(
        &self,
        refresh_token: &mut Secret,
        asked: &ScopeSet,
        subject: &Subject,
    ) -> Result<Session, UpstreamError> {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.expose()),
        ];
        let response = self.token_request(&form).await?;
        let before = refresh_token.clone();
        if let Some(rotated) = &response.refresh_token {
            *refresh_token = rotated.clone();
        }
        let session = self.identifier.refreshed(response, asked, subject).await;
        if let Err(UpstreamError::Untrusted(_)) = session {
            // Tokens that are not this user's bring no session of this user's either.
            *refresh_token = before;
        }
        session
    }

    /// Ends the session at the provider (RFC 7009). Best effort: ours has ended already.
    pub(crate) async fn revoke(&self, refresh_token: &Secret) {
        if let Err(error) = self.try_revoke(refresh_token).await {
            tracing::warn!(
                error = error.to_string(),
                "the upstream session could not be revoked"
            );
        }
    }

    async fn try_revoke(&self, refresh_token: &Secret) -> Result<(), UpstreamError> {
        let endpoints = self.config.endpoints.endpoints(&self.http).await?;
        let Some(url) = &endpoints.revocation else {
            return Ok(());
        };
        let form = [("token", refresh_token.expose())];
        let response = self.post(url.clone(), &form).await?;
        if !response.status.is_success() {
            let problem = format!("its revocation endpoint answered {}", response.status);
            return Err(UpstreamError::Unavailable(problem.into()));
        }
        Ok(())
    }

    async fn token_request(&self, form: &[(&str, &str)]) -> Result<TokenResponse, UpstreamError> {
        let endpoints = self.config.endpoints.endpoints(&self.http).await?;
        let response = self.post(endpoints.token.clone(), form).await?;
        TokenResponse::read(&response)
    }

    /// Posts a form as this client: HTTP Basic with a secret, `client_id` in the form without.
    async fn post(
        &self,
        url: Url,
        form: &[(&str, &str)],
    ) -> Result<crate::http_client::HttpResponse, UpstreamError> {
        let client_id = self.config.client_id.as_str();
        let request = self.http.request(Method::POST, url)?;
        let request = match &self.config.client_secret {
            Some(secret) => request
                .basic_auth(
                    form_encoded(client_id),
                    Some(form_encoded(secret.expose_secret())),
                )
                .form(form),
            None => {
                let form: Vec<_> = form
                    .iter()
                    .copied()
                    .chain([("client_id", client_id)])
                    .collect();
                request.form(&form)
            }
        };
        Ok(self.http.send(request, MAX_RESPONSE).await?)
    }
}

/// RFC 6749 §2.3.1: id and secret are form-encoded before they become user and password.
fn form_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
