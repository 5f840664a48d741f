//! The schemas of tools, at a [`Guarded`] handler: arguments and results are checked against what the
//! client was shown.

use std::sync::Arc;

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    handler::server::tool::IntoCallToolResult,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ClientRequest, ContentBlock,
        ListToolsResult, ServerResult,
    },
    service::RequestContext,
};
use thiserror::Error;

use super::Guarded;
use crate::{
    say::is_modern,
    schema::{Contract, standard},
    tools::ToolError,
};

/// A tool that does not keep to its own schema.
#[derive(Debug, Error)]
#[error("the result of the tool `{tool}` does not fit its output schema: {fault}")]
struct BrokenContract {
    tool: String,
    fault: String,
}

/// What a request has to do with the schemas of tools.
pub(super) enum ToolUse<'a> {
    Nothing,
    /// Its tool has schemas, which its arguments fit.
    Calls(&'a Contract),
    /// It asks for the page of the tools after this cursor.
    Lists(Option<String>),
    /// Its arguments do not fit. The answer says so to the model.
    Misfit(Box<ServerResult>),
}

impl<H: ServerHandler> Guarded<H> {
    /// Checks the arguments of a call.
    pub(super) fn admit_tool(
        &self,
        request: &mut ClientRequest,
        context: &RequestContext<RoleServer>,
    ) -> ToolUse<'_> {
        let call = match request {
            ClientRequest::CallToolRequest(call) => call,
            ClientRequest::ListToolsRequest(list) => {
                let page = list.params.as_ref();
                return ToolUse::Lists(page.and_then(|page| page.cursor.clone()));
            }
            _ => return ToolUse::Nothing,
        };
        let call = &mut call.params;
        let Some(contract) = self.access.scopes.tools.contract(&call.name) else {
            return ToolUse::Nothing;
        };
        match contract.check_arguments(&mut call.arguments) {
            Ok(()) => ToolUse::Calls(contract),
            Err(fault) => ToolUse::Misfit(Box::new(misfit(call, &fault, context))),
        }
    }

    /// Checks the result of a call, and shows schemas as every client reads them.
    pub(super) fn release_tool(
        &self,
        answer: &mut ServerResult,
        tool: ToolUse<'_>,
    ) -> Result<(), ErrorData> {
        match (answer, tool) {
            (ServerResult::CallToolResult(result), ToolUse::Calls(contract)) => {
                keep_contract(result, contract)?;
            }
            (ServerResult::ListToolsResult(list), ToolUse::Lists(cursor)) => {
                let pages = self.access.scopes.tools.pages();
                pages.turn_to(cursor.as_deref(), list)?;
                self.publish(list);
            }
            _ => {}
        }
        Ok(())
    }

    fn publish(&self, list: &mut ListToolsResult) {
        let known = &self.access.scopes.tools;
        for tool in &mut list.tools {
            if let Some(contract) = known.contract(&tool.name) {
                contract.publish(tool);
                continue;
            }
            tool.input_schema = Arc::new(standard(&tool.input_schema));
            let output = tool.output_schema.as_deref();
            tool.output_schema = output.map(|schema| Arc::new(standard(schema)));
        }
    }
}

/// A failure of the tool, since only that is read by the model.
#[cold]
fn misfit(
    call: &CallToolRequestParams,
    fault: &str,
    context: &RequestContext<RoleServer>,
) -> ServerResult {
    tracing::debug!(
        tool = &*call.name,
        "the arguments do not fit the input schema"
    );
    let text = format!("The arguments do not fit the tool's input schema. {fault}");
    let mut answer =
        ServerResult::CallToolResult(CallToolResult::error(vec![ContentBlock::text(text)]));
    if !is_modern(context) {
        answer.strip_result_type_for_legacy_peer();
    }
    answer
}

/// Takes back a result that does not fit: clients would refuse it, and say nothing of why.
fn keep_contract(result: &mut CallToolResult, contract: &Contract) -> Result<(), ErrorData> {
    let content = match &result.structured_content {
        Some(content) if result.is_error != Some(true) => content,
        _ => return Ok(()),
    };
    let Err(fault) = contract.check_result(content) else {
        return Ok(());
    };
    let tool = contract.tool.clone();
    let failed = ToolError::from(BrokenContract { tool, fault }).into_call_tool_result()?;
    if let CallToolResponse::Complete(failed) = failed {
        result.content = failed.content;
        result.structured_content = None;
        result.is_error = Some(true);
    }
    Ok(())
}
