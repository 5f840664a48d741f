use std::sync::Arc;

use portcullis_auth::{AuthScheme, ResourceIdentifier, ScopeSet};
use rmcp::ServerHandler;

use super::{McpServer, McpServerBuilder};
use crate::{
    error::BuildError,
    policy::{Access, Callers, TaskIds},
    tools::names_rmcp,
};

impl<H: ServerHandler, A> McpServerBuilder<H, A> {
    /// Checks everything and binds the authentication scheme to the resource.
    ///
    /// # Errors
    ///
    /// [`BuildError`], for the first setting that is missing or wrong.
    pub fn build(self) -> Result<McpServer<H>, BuildError>
    where
        A: AuthScheme,
    {
        if names_rmcp(&self.handler.get_info()) {
            tracing::warn!(
                resource = self.resource,
                "clients see this server as `rmcp`: name it in `get_info`, with `.with_server_info(..)`"
            );
        }
        let scopes = self.declared_scopes()?;
        let has_tasks = self.has_tasks(&scopes);
        #[cfg(feature = "http")]
        let tasks = self.work.tasks_of(&scopes);
        let initial_scopes = match self.scopes.initial {
            Some(scopes) => ScopeSet::new(scopes).map_err(BuildError::InitialScope)?,
            None => scopes.initial(),
        };
        let resource = ResourceIdentifier::new(&self.resource).map_err(BuildError::Resource)?;
        #[cfg(feature = "sse")]
        self.transport.check(&resource)?;
        #[cfg(feature = "http")]
        self.transport.check_replica()?;
        let voice = self.voice.of_server(resource.as_str());
        let auth = self.auth.for_resource(&resource)?;
        let callers = match auth.is_anonymous() {
            true => Callers::Anonymous,
            false => Callers::Authenticated,
        };
        Ok(McpServer {
            handler: Arc::new(self.handler),
            resource,
            auth,
            access: Arc::new(Access {
                scopes,
                task_ids: TaskIds::new(has_tasks, &voice, callers)?,
                callers,
            }),
            initial_scopes,
            #[cfg(feature = "http")]
            voice,
            #[cfg(feature = "http")]
            tasks,
            #[cfg(feature = "http")]
            transport: self.transport,
        })
    }
}
