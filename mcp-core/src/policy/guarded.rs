use std::{borrow::Cow, sync::Arc};

use futures_util::FutureExt;
use http::StatusCode;
use portcullis_auth::Principal;
use portcullis_transport::{Call, Handler, ParamHeaders, PeerUse};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, ClientNotification, ClientRequest, ProtocolVersion, ServerConfig,
        ServerResult,
    },
    service::{NotificationContext, RequestContext, Service},
};

use super::{TaskIds, ToolTable, Verdict, note_refusal};
use crate::{
    say::{Voice, converse, converses, is_modern, is_modern_version},
    tools::principal,
};

/// A handler whose tools ask once more who is calling.
///
/// It wraps rmcp's `Service`, not `ServerHandler`: four methods instead of thirty, so that a method
/// which an rmcp minor adds is passed on and not lost.
pub(crate) struct Guarded<H> {
    pub(crate) handler: Arc<H>,
    pub(crate) tools: Arc<ToolTable>,
    /// The caller of a transport that has just one: stdio.
    pub(crate) local: Option<Arc<Principal>>,
    pub(crate) voice: Voice,
    pub(crate) task_ids: Arc<TaskIds>,
}

impl<H: ServerHandler> Guarded<H> {
    pub(super) fn refusal(
        &self,
        tool: &str,
        context: &RequestContext<RoleServer>,
    ) -> Option<ErrorData> {
        let caller = principal(context).map(|caller| &**caller);
        match self.tools.judge(tool, caller) {
            Verdict::Allowed => None,
            Verdict::Unknown => Some(self.unknown(tool)),
            Verdict::NoCaller => {
                note_refusal(tool, StatusCode::UNAUTHORIZED);
                Some(ErrorData::invalid_request(
                    "this needs an authenticated caller",
                    None,
                ))
            }
            Verdict::Needs(scopes) => {
                note_refusal(tool, StatusCode::FORBIDDEN);
                Some(ErrorData::invalid_request(
                    format!("insufficient_scope: this tool needs the scopes {scopes}"),
                    None,
                ))
            }
        }
    }

    /// What a tool that asks its user needs to remember something until the answer comes.
    fn lend_seal(&self, call: &CallToolRequestParams, context: &mut RequestContext<RoleServer>) {
        if !self.tools.may_ask(&call.name) {
            return;
        }
        let caller = principal(context).map(|caller| &**caller);
        if let Some(seal) = self.voice.seal(call, caller) {
            context.extensions.insert(seal);
        }
    }

    /// From the events of the builder, or as the handler does it.
    async fn listen(
        &self,
        request: ClientRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        match (&self.voice.events, &request) {
            (Some(events), ClientRequest::SubscriptionsListenRequest(listen))
                if is_modern(&context) =>
            {
                let capabilities = ServerHandler::get_info(&*self.handler).capabilities;
                let requested = &listen.params.notifications;
                events.listen(requested, capabilities, context).await
            }
            _ => self.handler.handle_request(request, context).await,
        }
    }

    /// rmcp's words for a tool that does not exist, also for one that exists but was not declared.
    fn unknown(&self, tool: &str) -> ErrorData {
        if self.handler.get_tool(tool).is_some() {
            tracing::warn!(
                tool,
                "refused a tool that nobody gave scopes: name it in `.tool_scopes(..)`"
            );
        }
        ErrorData::invalid_params("tool not found", None)
    }
}

impl<H: ServerHandler> Service<RoleServer> for Guarded<H> {
    async fn handle_request(
        &self,
        mut request: ClientRequest,
        mut context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        if let Some(local) = &self.local {
            context.extensions.insert(Arc::clone(local));
        }
        match &request {
            ClientRequest::CallToolRequest(call) => {
                if let Some(refusal) = self.refusal(&call.params.name, &context) {
                    return Err(refusal);
                }
                self.lend_seal(&call.params, &mut context);
            }
            ClientRequest::SubscriptionsListenRequest(_) => {
                return self.listen(request, context).boxed().await;
            }
            _ => {}
        }
        let task = self.admit_task(&mut request, &context)?;
        let mut answer = match request {
            ClientRequest::CallToolRequest(call)
                if self.tools.may_ask(&call.params.name) && converses(&context) =>
            {
                converse(&*self.handler, call, context).boxed().await?
            }
            request => self.handler.handle_request(request, context).await?,
        };
        if let ServerResult::DiscoverResult(discovered) = &mut answer {
            self.voice
                .declare(&mut discovered.capabilities, &self.tools);
        }
        self.release_task(&mut answer, task)?;
        Ok(answer)
    }

    async fn handle_notification(
        &self,
        notification: ClientNotification,
        context: NotificationContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.handler
            .handle_notification(notification, context)
            .await
    }

    fn get_info(&self) -> ServerConfig {
        ServerHandler::get_info(&*self.handler)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        ServerHandler::supported_protocol_versions(&*self.handler)
    }
}

impl<H: ServerHandler> Handler for Guarded<H> {
    fn peer_use(&self, call: &Call<'_>) -> PeerUse {
        // A shared peer does not know whether a session's client has said that it knows tasks.
        let may_begin_task =
            call.method == "tools/call" && !matches!(*self.task_ids, TaskIds::Absent);
        let may_converse = call.method == "tools/call"
            && !is_modern_version(call.version)
            && call.name.is_some_and(|tool| self.tools.may_ask(tool));
        if may_begin_task || may_converse || self.tools.may_use_peer(call.method, call.name) {
            return PeerUse::Fresh;
        }
        PeerUse::None
    }

    fn param_headers(&self, tool: &str) -> ParamHeaders {
        self.tools.param_headers(tool).unwrap_or_else(|| {
            let tool = self.handler.get_tool(tool);
            tool.map_or_else(ParamHeaders::default, |tool| {
                ParamHeaders::of(&tool.input_schema)
            })
        })
    }
}
