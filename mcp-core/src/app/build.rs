use std::collections::HashSet;

use axum::Router;
#[cfg(feature = "authorization-server")]
use portcullis_auth::AuthorizationServer;
use portcullis_auth::{ProtectedResourceMetadata, ResourceIdentifier};
use portcullis_transport::{Guard, MixedRevisions, health, replica::Replica};

#[cfg(feature = "authorization-server")]
use super::grants;
use super::{App, Mount, landing, local, porch};
use crate::error::BuildError;

impl App {
    /// The whole app as one axum router, for [`serve`](crate::serve) or any other server.
    ///
    /// # Errors
    ///
    /// [`BuildError`], for the first thing that does not fit together.
    pub fn into_router(self) -> Result<Router, BuildError> {
        let origin = parse_origin(&self.origin)?;
        self.check(&origin)?;
        self.check_replica()?;

        let local_only = self.is_for_this_machine();
        let mut guard = self.guard(&origin)?;
        let name = match &self.servers[..] {
            [only] => only.about.name.clone(),
            _ => "mcp".to_owned(),
        };
        let mut routes = Router::new().without_v07_checks();
        #[cfg(feature = "authorization-server")]
        if let Some(oauth) = self.sign_in()? {
            let mut servers = self.servers.iter();
            servers.try_for_each(|mount| grants::check(&oauth, mount))?;
            routes = routes.merge(oauth_routes(&oauth, &origin, &self.servers)?);
            let paths = oauth.paths_for_scripts();
            guard = paths.into_iter().fold(guard, Guard::allow_any_origin_at);
        }
        // The pool of `dev::login` runs as long as something holds it; so the routes do.
        #[cfg(feature = "testing")]
        if let Some(login) = self.login.clone() {
            routes = routes.layer(axum::Extension(login));
        }
        if self.landing_page && !self.owns_the_root() {
            let about: Vec<_> = self.servers.iter().map(|mount| &mount.about).collect();
            routes = routes.merge(landing::router(&about));
        }
        for (paths, document) in metadata(&self.servers) {
            routes = routes.merge(document);
            guard = paths.into_iter().fold(guard, Guard::allow_any_origin_at);
        }
        let replica = self.replica.map(|replica| {
            let paths = self.servers.iter().flat_map(Mount::session_paths);
            let mut settings = self.servers.iter().map(|mount| mount.mixed_revisions);
            // Each server judges for itself what is passed on.
            let mixed = settings.find(|&mixed| mixed == MixedRevisions::FollowBody);
            replica
                .layer(paths)
                .mixed_revisions(mixed.unwrap_or_default())
        });
        for mount in self.servers {
            routes = routes.merge(mount.route);
        }
        let mut app = routes.merge(health(&name)).fallback_service(self.others);
        if local_only {
            app = local::only_this_machine(app);
        }
        Ok(porch::layer(app, guard.build()?, replica)?)
    }

    fn check(&self, origin: &ResourceIdentifier) -> Result<(), BuildError> {
        if self.servers.is_empty() && !self.signs_in() {
            return Err(BuildError::NothingToServe);
        }
        let mut paths = HashSet::from(["/healthz", "/readyz"]);
        for mount in &self.servers {
            let resource = &mount.resource;
            if resource.origin() != origin.origin() {
                return Err(BuildError::ForeignServer {
                    resource: resource.to_string(),
                    app: origin.to_string(),
                });
            }
            let reserved = resource.path().starts_with("/.well-known/");
            if reserved || !paths.insert(resource.path()) {
                return Err(BuildError::PathTaken(resource.to_string()));
            }
            #[cfg(feature = "sse")]
            if let Some(messages) = &mount.messages
                && !paths.insert(messages.trim_end_matches('/'))
            {
                return Err(BuildError::PathTaken(messages.clone()));
            }
            if mount.about.anonymous && !self.anonymous_allowed && !origin.is_loopback() {
                return Err(BuildError::PublicAnonymous(resource.to_string()));
            }
        }
        Ok(())
    }

    /// Whether it lets everybody in unsaid, or signs in a user whose password everybody knows.
    fn is_for_this_machine(&self) -> bool {
        #[cfg(feature = "testing")]
        if self.login.is_some() {
            return true;
        }
        let mut servers = self.servers.iter();
        !self.anonymous_allowed && servers.any(|mount| mount.about.anonymous)
    }

    /// Ids that carry a replica's name need somebody who passes requests on by it, and he needs them.
    fn check_replica(&self) -> Result<(), BuildError> {
        let replica = self.replica.as_ref().map(Replica::name);
        let mut with_sessions = self.servers.iter().filter(|mount| mount.has_sessions);
        let differs = |mount: &&Mount| mount.replica.as_ref() != replica;
        if let Some(mount) = with_sessions.clone().find(differs) {
            return Err(BuildError::ReplicaOnOneSide(mount.resource.to_string()));
        }
        if replica.is_some() && with_sessions.next().is_none() {
            return Err(BuildError::ReplicaWithoutSessions);
        }
        Ok(())
    }

    /// Whether there is an authorization server: a server of its own.
    fn signs_in(&self) -> bool {
        #[cfg(feature = "authorization-server")]
        return self.authorization_server.is_some();
        #[cfg(not(feature = "authorization-server"))]
        false
    }

    /// The authorization server: the one of `dev::login`, where that was called.
    #[cfg(feature = "authorization-server")]
    fn sign_in(&self) -> Result<Option<AuthorizationServer>, BuildError> {
        #[cfg(feature = "testing")]
        if let Some(login) = &self.login {
            if self.authorization_server.is_some() {
                return Err(BuildError::TwoSignIns);
            }
            let servers = self.servers.iter();
            let servers = servers.map(|mount| (&mount.resource, mount.scopes()));
            return Ok(Some(login.build(servers)?));
        }
        Ok(self.authorization_server.clone())
    }

    fn guard(&self, origin: &ResourceIdentifier) -> Result<Guard, BuildError> {
        let url = origin.to_url();
        let mut guard = Guard::new(&url.map_err(|error| BuildError::Origin(error.to_string()))?);
        for host in &self.hosts {
            guard = guard.allow_host(host);
        }
        for origin in &self.origins {
            guard = guard.allow_origin(origin);
        }
        Ok(guard)
    }

    fn owns_the_root(&self) -> bool {
        self.servers
            .iter()
            .any(|mount| mount.resource.path().is_empty())
    }
}

pub(crate) fn parse_origin(text: &str) -> Result<ResourceIdentifier, BuildError> {
    let origin =
        ResourceIdentifier::new(text).map_err(|error| BuildError::Origin(error.to_string()))?;
    if !origin.path().is_empty() {
        let reason = "origin must not have a path, such as the stage of an API Gateway (/prod): clients look \
                      for the sign-in at /.well-known/ of the host, which a named stage does not serve";
        return Err(BuildError::Origin(reason.to_owned()));
    }
    Ok(origin)
}

/// Its paths are fixed by what clients expect at the root of an origin.
#[cfg(feature = "authorization-server")]
fn oauth_routes(
    oauth: &AuthorizationServer,
    origin: &ResourceIdentifier,
    servers: &[Mount],
) -> Result<Router, BuildError> {
    const PATHS: [&str; 8] = [
        "/register",
        "/authorize",
        "/consent",
        "/callback",
        "/token",
        "/revoke",
        "/introspect",
        "/jwks.json",
    ];
    if oauth.issuer().as_str() != origin.as_str() {
        return Err(BuildError::ForeignIssuer {
            issuer: oauth.issuer().to_string(),
            app: origin.to_string(),
        });
    }
    let taken = servers
        .iter()
        .find(|mount| PATHS.contains(&mount.resource.path()));
    match taken {
        Some(mount) => Err(BuildError::PathTaken(mount.resource.to_string())),
        None => Ok(oauth.router()),
    }
}

/// Each server's document with its paths; the root has one only where it cannot be mistaken for another
/// server's.
fn metadata(servers: &[Mount]) -> Vec<(Vec<String>, Router)> {
    let mut documents = Vec::new();
    for mount in servers {
        let metadata = &mount.metadata;
        documents.push((metadata.inserted_paths(), metadata.inserted_router()));
        let same_folder = |other: &&Mount| other.metadata.folder() == metadata.folder();
        if servers.iter().filter(same_folder).count() == 1
            && let Some(path) = metadata.folder_path()
        {
            documents.push((vec![path], metadata.folder_router()));
        }
    }
    if let [only] = servers
        && !only.resource.path().is_empty()
    {
        let path = ProtectedResourceMetadata::ROOT_PATH.to_owned();
        documents.push((vec![path], only.metadata.root_router()));
    }
    documents
}
