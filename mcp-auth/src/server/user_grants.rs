//! How many grants a user may have, so that nobody fills the store with theirs.
//!
//! A store has no index, so one record lists a user's grants. It holds those that have ended, too, until
//! their place is wanted: they take as much room. How long ago a grant was used is in the grant itself;
//! so a refresh writes no list, and only whoever has as many grants as may be pays for looking at them.

use super::{
    grants::{Grants, MAX_RACES},
    records::{Grant, UserGrants},
    upstream::UpstreamClient,
    vault::VaultError,
};
use crate::names::ClientId;

impl Grants {
    /// Enters a grant into the list of its user's before it becomes active. If the user has as many as may
    /// be, the one of the same client that was not used for longest ends, or else of any client.
    pub(crate) async fn enter(
        &self,
        id: &str,
        grant: &Grant,
        upstream: &UpstreamClient,
    ) -> Result<(), VaultError> {
        let list_id = UserGrants::id(&grant.user.subject);
        let list_id = list_id.as_str();
        for _ in 0..MAX_RACES {
            let (mut list, version) = match self.vault.read::<UserGrants>(list_id).await? {
                Some(list) => (list.value, Some(list.version)),
                None => (UserGrants::default(), None),
            };
            if list.contains(id) {
                return Ok(());
            }
            if list.len() >= self.max_per_user {
                list = self.make_room(list, &grant.client_id, upstream).await?;
            }
            list.push(id);
            // A grant lives no longer than this, so the list outlives it while the setting stays.
            let expires_at = self.clock.now().plus(self.lifetimes.refresh_absolute);
            let written = match version {
                None => self.vault.create(list_id, &list, expires_at).await,
                Some(version) => {
                    let written = self.vault.replace(list_id, version, &list, expires_at);
                    written.await.map(|_| ())
                }
            };
            match written {
                Err(VaultError::Conflict) => continue,
                written => return written,
            }
        }
        Err(VaultError::Conflict)
    }

    /// The list with room for one more: without grants that have ended, and without as many of the others
    /// as need be.
    async fn make_room(
        &self,
        list: UserGrants,
        client: &ClientId,
        upstream: &UpstreamClient,
    ) -> Result<UserGrants, VaultError> {
        let mut live = Vec::new();
        for id in list {
            match self.read(&id).await? {
                Some(grant) if grant.value.is_revoked() => self.forget(&id).await?,
                Some(grant) => {
                    let is_others = grant.value.client_id != *client;
                    live.push((is_others, grant.value.used_at(), id));
                }
                None => {}
            }
        }
        live.sort_by_key(|(is_others, used_at, _)| (*is_others, *used_at));
        let too_many = (live.len() + 1).saturating_sub(self.max_per_user);
        for (_, _, id) in live.drain(..too_many) {
            self.revoke(&id, upstream).await?;
            self.forget(&id).await?;
        }
        Ok(live.into_iter().map(|(_, _, id)| id).collect())
    }

    /// Deletes a grant that has ended. Its tokens are then those of no grant.
    async fn forget(&self, id: &str) -> Result<(), VaultError> {
        let Some(grant) = self.read(id).await? else {
            return Ok(());
        };
        match self.vault.delete::<Grant>(id, grant.version).await {
            // Another sign-in of this user has deleted it.
            Err(VaultError::Conflict) => Ok(()),
            deleted => deleted,
        }
    }
}
