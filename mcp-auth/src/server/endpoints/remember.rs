//! Remembering what a user allowed, so that the next question is shorter.

use crate::{
    names::Subject,
    server::{
        Server,
        browser::Browser,
        digest::Digest,
        lifetimes,
        records::{AuthorizationRequest, RememberedConsent, RememberedConsents},
        vault::{Record, VaultError},
    },
    store::Version,
};

/// Notes that this user allowed this in this browser. Another user's note makes room, and the user's
/// oldest one when there are too many.
///
/// Should it fail, the user is asked once more than necessary: no reason to stop a sign-in.
pub(super) async fn remember(
    server: &Server,
    request: &AuthorizationRequest,
    subject: &Subject,
    browser: &Browser,
) {
    let id = RememberedConsent::id(&browser.digest(), request);
    match note(server, &id, subject).await {
        // Another sign-in of this user or browser is noted at the same time.
        Ok(()) | Err(VaultError::Conflict) => {}
        Err(error) => tracing::warn!(
            error = error.to_string(),
            "a consent could not be remembered"
        ),
    }
}

/// Enters the consent into the list of the user's first, and deletes what falls off it, so a user leaves
/// no more behind than the list is long, and what many sign-ins at once have pushed off it.
async fn note(server: &Server, id: &Digest, subject: &Subject) -> Result<(), VaultError> {
    let list_id = RememberedConsents::id(subject);
    let list = server.vault.read::<RememberedConsents>(list_id.as_str());
    let (mut consents, version) = match list.await? {
        Some(list) => (list.value, Some(list.version)),
        None => (RememberedConsents::default(), None),
    };
    let dropped = consents.enter(id.clone());
    write(server, &list_id, version, &consents).await?;
    for dropped in dropped {
        forget(server, &dropped).await?;
    }
    let consent = RememberedConsent {
        subject: subject.clone(),
    };
    let old = server.vault.read::<RememberedConsent>(id.as_str()).await?;
    write(server, id, old.map(|old| old.version), &consent).await
}

async fn forget(server: &Server, id: &Digest) -> Result<(), VaultError> {
    let consent = server.vault.read::<RememberedConsent>(id.as_str()).await?;
    let Some(consent) = consent else {
        return Ok(());
    };
    let deleted = server
        .vault
        .delete::<RememberedConsent>(id.as_str(), consent.version);
    deleted.await
}

/// Writes over the record that has this version, or where there is none.
async fn write<T: Record>(
    server: &Server,
    id: &Digest,
    old: Option<Version>,
    value: &T,
) -> Result<(), VaultError> {
    let vault = &server.vault;
    let expires_at = server.now().plus(lifetimes::CONSENT);
    match old {
        None => vault.create(id.as_str(), value, expires_at).await,
        Some(old) => vault
            .replace(id.as_str(), old, value, expires_at)
            .await
            .map(|_| ()),
    }
}
