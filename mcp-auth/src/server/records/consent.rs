use serde::{Deserialize, Serialize};

use super::AuthorizationRequest;
use crate::{
    names::Subject,
    server::{digest::Digest, vault::Record},
    store::RecordKind,
};

/// A consent that was given in a browser before. It counts only for the user who gave it, which shows
/// after the login.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RememberedConsent {
    pub(crate) subject: Subject,
}

impl RememberedConsent {
    /// The record's id: a digest over browser, client, resource, scopes and where the code goes.
    pub(crate) fn id(browser: &Digest, request: &AuthorizationRequest) -> Digest {
        let mut scopes: Vec<_> = request.scopes.iter().map(|scope| scope.as_str()).collect();
        scopes.sort_unstable();
        let fixed = [
            browser.as_str(),
            request.client_id.as_str(),
            request.resource.as_str(),
            request.redirect_uri.destination(),
        ];
        Digest::of_parts(fixed.into_iter().chain(scopes))
    }
}

impl Record for RememberedConsent {
    const KIND: RecordKind = RecordKind::Consent;
    const LAYOUT: &str = "consent v1";
}
