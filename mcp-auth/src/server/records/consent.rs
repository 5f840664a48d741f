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

/// The digests of the consents that are remembered of one user, the newest last, so that nobody fills
/// the store with theirs.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct RememberedConsents(Vec<Digest>);

impl RememberedConsents {
    /// How many are remembered of one user.
    const MAX: usize = 32;

    pub(crate) fn id(subject: &Subject) -> Digest {
        Digest::of_parts(["user", subject.as_str()])
    }

    /// Makes a consent the newest. Gives those that are to be forgotten.
    pub(crate) fn enter(&mut self, id: Digest) -> Vec<Digest> {
        self.0.retain(|known| !known.is(&id));
        self.0.push(id);
        let too_many = self.0.len().saturating_sub(Self::MAX);
        self.0.drain(..too_many).collect()
    }
}

impl Record for RememberedConsents {
    const KIND: RecordKind = RecordKind::Consent;
    const LAYOUT: &str = "consents of a user v1";
}

impl Record for RememberedConsent {
    const KIND: RecordKind = RecordKind::Consent;
    const LAYOUT: &str = "consent v1";
}
