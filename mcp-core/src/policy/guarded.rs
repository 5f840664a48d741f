use std::{borrow::Cow, sync::Arc};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Either, ready},
};
use http::StatusCode;
use portcullis_auth::Principal;
use portcullis_transport::{Call, Handler, ParamHeaders, PeerUse, Subject};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, ClientNotification, ClientRequest, ProtocolVersion, ServerConfig,
        ServerResult,
    },
    service::{NotificationContext, RequestContext, Service},
};

use super::{
    Access, Callers, TaskIds, Verdict, guarded_tasks::TaskUse, guarded_tools::ToolUse,
    note_refusal, note_unknown, private::keep_private,
};
use crate::{
    say::{Voice, converse, converses, is_modern, is_modern_version},
    tools::principal,
    work::Tasks,
};

/// A handler whose tools, prompts and resources ask once more who is calling.
///
/// It wraps rmcp's `Service`, not `ServerHandler`: four methods instead of thirty, so that a method
/// which an rmcp minor adds is passed on and not lost.
pub(crate) struct Guarded<H> {
    pub(crate) handler: Arc<H>,
    pub(crate) access: Arc<Access>,
    /// The caller of a transport that has just one: stdio.
    pub(crate) local: Option<Arc<Principal>>,
    pub(crate) voice: Voice,
    /// The tasks of the tools that take `LongWork`, if there are such.
    pub(crate) tasks: Option<Tasks>,
}

/// What a request that its handler may see has to do with tasks and tools.
struct Admitted<'a> {
    task: TaskUse,
    tool: ToolUse<'a>,
}

impl<H: ServerHandler> Guarded<H> {
    pub(super) fn refusal(
        &self,
        subject: Subject<'_>,
        context: &RequestContext<RoleServer>,
    ) -> Option<ErrorData> {
        let caller = principal(context).map(|caller| &**caller);
        match self.access.judge(subject, caller) {
            Verdict::Allowed => None,
            Verdict::Unknown => Some(self.unknown(subject, context)),
            Verdict::TooMany => Some(ErrorData::invalid_params(
                "resourceSubscriptions: one subscription takes at most 1,000 URIs, of 256 KiB \
                 altogether; listen to fewer, or use several subscriptions",
                None,
            )),
            Verdict::NoCaller => {
                note_refusal(subject, StatusCode::UNAUTHORIZED);
                Some(ErrorData::invalid_request(
                    "this needs an authenticated caller",
                    None,
                ))
            }
            Verdict::Needs(scopes) => {
                note_refusal(subject, StatusCode::FORBIDDEN);
                Some(ErrorData::invalid_request(
                    format!("insufficient_scope: this needs the scopes {scopes}"),
                    None,
                ))
            }
        }
    }

    /// What a tool that asks its user needs to remember something until the answer comes, and where a
    /// tool that takes long begins its task.
    fn lend(&self, call: &CallToolRequestParams, context: &mut RequestContext<RoleServer>) {
        if let Some(tasks) = &self.tasks {
            context.extensions.insert(tasks.clone());
        }
        if !self.access.scopes.tools.may_ask(&call.name) {
            return;
        }
        let caller = principal(context).map(|caller| &**caller);
        if let Some(seal) = self.voice.seal(call, caller) {
            context.extensions.insert(seal);
        }
    }

    /// What a request needs before its handler sees it, or why that does not see it.
    fn admit(
        &self,
        request: &mut ClientRequest,
        context: &mut RequestContext<RoleServer>,
    ) -> Result<Admitted<'_>, ErrorData> {
        if let Some(local) = &self.local {
            context.extensions.insert(Arc::clone(local));
        }
        let task = self.admit_task(request, context)?;
        let subject = Subject::of(request);
        if !matches!(subject, Subject::Task(_))
            && let Some(refusal) = self.refusal(subject, context)
        {
            return Err(refusal);
        }
        let tool = self.admit_tool(request, context);
        if let ClientRequest::CallToolRequest(call) = request {
            self.lend(&call.params, context);
        }
        Ok(Admitted { task, tool })
    }

    /// From the events, the tasks or the questions of the builder, or as the handler does it.
    ///
    /// Boxed, since the handler's future has some kilobytes, whatever it is asked: what waits for it is
    /// moved from hand to hand, and a subscription, which is not the handler's, lasts for hours.
    fn answer(
        &self,
        request: ClientRequest,
        context: RequestContext<RoleServer>,
    ) -> BoxFuture<'_, Result<ServerResult, ErrorData>> {
        let own = self.tasks.as_ref();
        if let Some(answer) = own.and_then(|tasks| tasks.answer(&request, &context)) {
            return ready(answer).boxed();
        }
        match (request, &self.voice.events) {
            (ClientRequest::SubscriptionsListenRequest(listen), Some(events))
                if is_modern(&context) =>
            {
                let capabilities = ServerHandler::get_info(&*self.handler).capabilities;
                events
                    .listen(&listen, capabilities, &*self.voice.clock, context)
                    .boxed()
            }
            (ClientRequest::CallToolRequest(call), _)
                if self.access.scopes.tools.may_ask(&call.params.name) && converses(&context) =>
            {
                converse(&*self.handler, call, context).boxed()
            }
            (request, _) => self.handler.handle_request(request, context).boxed(),
        }
    }

    /// Completes what the handler says, and keeps it from whom it is not meant for.
    fn release(
        &self,
        mut answer: ServerResult,
        admitted: Admitted<'_>,
    ) -> Result<ServerResult, ErrorData> {
        self.declare(&mut answer);
        self.release_task(&mut answer, admitted.task)?;
        self.release_tool(&mut answer, admitted.tool)?;
        if self.access.callers != Callers::Anonymous {
            keep_private(&mut answer);
        }
        Ok(answer)
    }

    /// Adds what the macros and the builder know to what the handler says of itself.
    fn declare(&self, answer: &mut ServerResult) {
        let capabilities = match answer {
            ServerResult::DiscoverResult(discovered) => {
                let capabilities = &mut discovered.capabilities;
                self.voice.declare(capabilities, &self.access.scopes.tools);
                capabilities
            }
            ServerResult::InitializeResult(initialized) => &mut initialized.capabilities,
            _ => return,
        };
        if self.tasks.is_some() {
            Tasks::declare(capabilities);
        }
    }

    /// The words for what does not exist, also for what exists but was not declared.
    fn unknown(&self, subject: Subject<'_>, context: &RequestContext<RoleServer>) -> ErrorData {
        match subject {
            Subject::Tool(tool) => {
                if self.handler.get_tool(tool).is_some() {
                    tracing::warn!(
                        tool,
                        "refused a tool that nobody gave scopes: name it in `.tool_scopes(..)`"
                    );
                }
                note_unknown(subject, "neither the macros nor `.tool_scopes(..)` name it");
                ErrorData::invalid_params("tool not found", None)
            }
            Subject::Prompt(_) => {
                note_unknown(
                    subject,
                    "neither the macros nor `.prompt_scopes(..)` name it",
                );
                ErrorData::invalid_params("prompt not found", None)
            }
            _ => {
                note_unknown(subject, "no rule of `.resource_scopes(..)` covers it");
                unknown_resource(context)
            }
        }
    }
}

fn unknown_resource(context: &RequestContext<RoleServer>) -> ErrorData {
    match is_modern(context) {
        true => ErrorData::invalid_params("resource not found", None),
        false => ErrorData::resource_not_found("resource not found", None),
    }
}

impl<H: ServerHandler> Service<RoleServer> for Guarded<H> {
    /// Combinators rather than an `async fn`, which would keep its arguments beside the handler's
    /// future, itself some kilobytes.
    fn handle_request(
        &self,
        mut request: ClientRequest,
        mut context: RequestContext<RoleServer>,
    ) -> impl Future<Output = Result<ServerResult, ErrorData>> + Send + '_ {
        match self.admit(&mut request, &mut context) {
            Err(refusal) => Either::Left(ready(Err(refusal))),
            Ok(Admitted {
                tool: ToolUse::Misfit(answer),
                ..
            }) => Either::Left(ready(Ok(*answer))),
            Ok(admitted) => Either::Right(
                self.answer(request, context)
                    .map(|answer| self.release(answer?, admitted)),
            ),
        }
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
        let listens = call.method == "subscriptions/listen" && self.voice.events.is_some();
        if listens && is_modern_version(call.version) {
            return PeerUse::Outlet;
        }
        // A shared peer does not know whether a session's client has said that it knows tasks.
        let may_begin_task =
            call.method == "tools/call" && !matches!(self.access.task_ids, TaskIds::Absent);
        let tools = &self.access.scopes.tools;
        let may_converse = !is_modern_version(call.version)
            && matches!(call.subject, Subject::Tool(tool) if tools.may_ask(tool));
        if may_begin_task || may_converse {
            return PeerUse::Fresh;
        }
        tools.peer_use(call)
    }

    fn has_fixed_tools(&self) -> bool {
        self.access.scopes.tools.has_fixed_tools()
    }

    fn param_headers(&self, tool: &str) -> ParamHeaders {
        self.access
            .scopes
            .tools
            .param_headers(tool)
            .unwrap_or_else(|| {
                let tool = self.handler.get_tool(tool);
                tool.map_or_else(ParamHeaders::default, |tool| {
                    ParamHeaders::of(&tool.input_schema)
                })
            })
    }
}
