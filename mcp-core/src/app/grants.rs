//! Whether a sign-in can lead to what the servers ask for.

use portcullis_auth::{AuthorizationServer, ScopeSet};

use super::Mount;
use crate::error::BuildError;

/// Looks at a server whose callers can come from the app's own authorization server only.
///
/// # Errors
///
/// Something needs a scope that is never granted: the 403 would send its callers to sign in for it,
/// again and again (T12).
pub(super) fn check(oauth: &AuthorizationServer, mount: &Mount) -> Result<(), BuildError> {
    let [issuer] = &mount.about.issuers[..] else {
        return Ok(());
    };
    if issuer != oauth.issuer().as_str() || !mount.about.takes_only_tokens {
        return Ok(());
    }
    let offered = oauth.scopes_of(&mount.resource);
    let offered = offered.cloned().unwrap_or_default();
    let mut ungranted = mount.needs().flat_map(|(what, scopes)| {
        let missing = scopes
            .iter()
            .filter(|scope| !offered.contains(scope.as_str()));
        missing.map(move |scope| (what.clone(), scope.clone()))
    });
    match ungranted.next() {
        None => Ok(()),
        Some((what, scope)) => Err(BuildError::UngrantedScope {
            what,
            scope: scope.to_string(),
            resource: mount.resource.to_string(),
            scopes: quoted(&offered.union(&mount.scopes())),
        }),
    }
}

/// As Rust writes them.
fn quoted(scopes: &ScopeSet) -> String {
    let quoted: Vec<_> = scopes.iter().map(|scope| format!("\"{scope}\"")).collect();
    quoted.join(", ")
}
