use std::sync::Arc;

use rmcp::{
    ErrorData, Peer, RoleServer, ServerHandler,
    handler::server::{router::tool::ToolRouter, wrapper::Parameters},
    model::{ProgressNotificationParam, RequestMetaObject},
    tool, tool_handler, tool_router,
};

use super::stateless;
use crate::{
    server::{App, Launch},
    tools::Import,
};

#[derive(Clone)]
struct Importer {
    router: Arc<ToolRouter<Self>>,
}

#[tool_router]
impl Importer {
    #[tool(description = "Imports files.")]
    async fn import(
        &self,
        Parameters(import): Parameters<Import>,
        meta: RequestMetaObject,
        peer: Peer<RoleServer>,
    ) -> Result<String, ErrorData> {
        let files = import.files;
        let token = meta
            .get_progress_token()
            .ok_or_else(|| ErrorData::invalid_params("no progress token", None))?;
        for file in 1..=files {
            let report = ProgressNotificationParam::new(token.clone(), file.into())
                .with_total(files.into())
                .with_message(format!("imported file {file}"));
            let told = peer.notify_progress(report).await;
            told.map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
        }
        Ok(format!("{files} imported"))
    }
}

#[tool_handler(router = self.router)]
impl ServerHandler for Importer {}

/// A tool that says how far it has come.
pub(crate) fn import(launch: &Launch<'_>) -> App {
    let importer = Importer {
        router: Arc::new(Importer::tool_router()),
    };
    stateless(launch, move || importer.clone())
}
