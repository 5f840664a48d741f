use std::sync::Arc;

use portcullis_auth::{AuthScheme, ResourceIdentifier, ScopeSet};
use rmcp::ServerHandler;

use super::{McpServer, McpServerBuilder};
#[cfg(feature = "http")]
use crate::policy::{Callers, TaskIds};
use crate::{error::BuildError, policy::ToolTable};

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
        let tools = self.tool_table()?;
        let initial_scopes = match self.initial_scopes {
            Some(scopes) => ScopeSet::new(scopes).map_err(BuildError::InitialScope)?,
            None => tools.initial_scopes(),
        };
        let resource = ResourceIdentifier::new(&self.resource).map_err(BuildError::Resource)?;
        #[cfg(feature = "sse")]
        self.transport.check(&resource)?;
        #[cfg(feature = "http")]
        let voice = self.voice.of_server(resource.as_str());
        let auth = self.auth.for_resource(&resource)?;
        let tools = if auth.is_anonymous() {
            tools.open_to_everybody()
        } else {
            tools
        };
        #[cfg(feature = "http")]
        let task_ids = {
            let callers = match auth.is_anonymous() {
                true => Callers::One,
                false => Callers::Many,
            };
            let capabilities = self.handler.get_info().capabilities;
            TaskIds::new(&capabilities, &voice, callers)?
        };
        Ok(McpServer {
            handler: Arc::new(self.handler),
            resource,
            auth,
            tools: Arc::new(tools),
            initial_scopes,
            #[cfg(feature = "http")]
            voice,
            #[cfg(feature = "http")]
            task_ids: Arc::new(task_ids),
            #[cfg(feature = "http")]
            transport: self.transport,
        })
    }

    /// The table of the macros' rows and the explicit ones.
    pub(crate) fn tool_table(&self) -> Result<ToolTable, BuildError> {
        let explicit = self.tool_scopes.iter();
        let explicit = explicit.map(|(tool, scopes)| self.explicit_row(tool, scopes));
        let table = ToolTable::new(
            &self.policies,
            explicit.collect::<Result<_, _>>()?,
            self.made,
        )?;
        if self.voice.sealing_keys.is_none()
            && let Some(tool) = table.asking()
        {
            return Err(BuildError::NoSealingKeys(tool.to_owned()));
        }
        table.with_param_headers(|tool| self.handler.get_tool(tool))
    }

    /// A misspelt name would leave the tool that was meant with the scopes of its macro. (A handler
    /// that was made by hand cannot be asked; there, what is not named is refused.)
    fn explicit_row(
        &self,
        tool: &str,
        scopes: &[String],
    ) -> Result<(String, ScopeSet), BuildError> {
        let made_by_macros = !self.policies.is_empty();
        if made_by_macros && self.handler.get_tool(tool).is_none() {
            return Err(BuildError::NoSuchTool(tool.to_owned()));
        }
        let scopes = ScopeSet::new(scopes).map_err(|source| BuildError::Scope {
            tool: tool.to_owned(),
            source,
        })?;
        Ok((tool.to_owned(), scopes))
    }
}
