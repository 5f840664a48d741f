//! What `/authorize`, `/consent` and `/callback` share: the consent form and its sealed request.

use axum::response::{IntoResponse, Response};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::header::SET_COOKIE;
use serde::{Deserialize, Serialize};

use crate::{
    clock::Timestamp,
    entropy::random_id,
    names::Subject,
    seal::SealError,
    server::{
        Server,
        authorization_response::AuthorizationResponse,
        browser::Browser,
        digest::Digest,
        fingerprint::Fingerprint,
        pages::{self, ConsentPage},
        records::{AuthorizationRequest, Client},
        secret::Secret,
    },
};

const PURPOSE: &str = "consent form v2";

/// The validated request, as it travels sealed in the consent form: so that `GET /authorize` stores
/// nothing, and what comes back is what was validated and shown. The seal is bound to the browser,
/// which makes it the form's protection against cross-site requests, too.
#[derive(Serialize, Deserialize)]
pub(super) struct ConsentRequest {
    pub(super) request: AuthorizationRequest,
    pub(super) remembered: Option<Subject>,
    /// The upstream `state` of the one sign-in that this form can start. Nobody knows it and no callback
    /// takes it before the consent has stored what belongs to it.
    pub(super) state: Secret,
    expires_at: Timestamp,
}

/// Why a form is not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum FormError {
    #[error("the form is malformed, changed or another browser's")]
    Refused,
    #[error("the form is too old")]
    Expired,
}

impl Server {
    /// The page that asks for consent, with the cookie that the form is bound to.
    pub(super) fn consent_page(
        &self,
        client: &Client,
        request: AuthorizationRequest,
        browser: &Browser,
        remembered: Option<Subject>,
    ) -> Result<Response, SealError> {
        let is_remembered = remembered.is_some();
        let form = ConsentRequest {
            request,
            remembered,
            state: Secret::new(random_id::<32>(&*self.entropy)?),
            expires_at: self.now().plus(self.lifetimes.pending),
        };
        let sealed = self.seal_form(&form, &browser.digest())?;
        let request = &form.request;
        let fingerprint = Fingerprint::of(&client.id);
        let page = ConsentPage {
            style: ConsentPage::STYLE,
            client_name: client.name.as_deref().unwrap_or(fingerprint.as_str()),
            client_id: fingerprint.as_str(),
            destination: request.redirect_uri.destination(),
            redirect_uri: request.redirect_uri.as_str(),
            is_local: request.redirect_uri.is_local(),
            resource: request.resource.as_str(),
            scopes: request.scopes.iter().map(|scope| scope.as_str()).collect(),
            is_remembered,
            request: &sealed,
        };
        let page = pages::consent(&page);
        Ok(match self.cookie.header(browser) {
            Some(cookie) => ([(SET_COOKIE, cookie)], page).into_response(),
            None => page,
        })
    }

    fn seal_form(&self, form: &ConsentRequest, browser: &Digest) -> Result<String, SealError> {
        let json = serde_json::to_vec(form).map_err(|_| SealError::Refused)?;
        let context = [browser.as_str().as_bytes()];
        let sealed = self.sealer.seal(PURPOSE, &context, &json)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The request of a form that this browser was given not too long ago ([`Lifetimes::pending`](crate::Lifetimes::pending)).
    pub(super) fn open_form(
        &self,
        form: &str,
        browser: &Digest,
    ) -> Result<ConsentRequest, FormError> {
        let sealed = URL_SAFE_NO_PAD
            .decode(form)
            .map_err(|_| FormError::Refused)?;
        let context = [browser.as_str().as_bytes()];
        let json = self
            .sealer
            .open(PURPOSE, &context, &sealed)
            .map_err(|_| FormError::Refused)?;
        let form: ConsentRequest = serde_json::from_slice(&json).map_err(|_| FormError::Refused)?;
        if form.expires_at <= self.now() {
            return Err(FormError::Expired);
        }
        Ok(form)
    }

    /// The way back to the client of a validated request.
    pub(super) fn respond_to<'a>(
        &'a self,
        request: &'a AuthorizationRequest,
    ) -> AuthorizationResponse<'a> {
        AuthorizationResponse {
            issuer: &self.issuer,
            redirect_uri: &request.redirect_uri,
            state: request.state.as_ref(),
        }
    }
}
