use std::fmt;

use portcullis::rmcp::ErrorData;
use portcullis::rmcp::handler::server::tool::IntoCallToolResult;
use portcullis::rmcp::model::{CallToolResponse, CallToolResult, ContentBlock};
use serde::Serialize;

/// A report as a result: its text for a model to read, and its value for a program.
pub(super) struct Answer<T>(pub(super) T);

impl<T: Serialize + fmt::Display> IntoCallToolResult for Answer<T> {
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        let value = serde_json::to_value(&self.0)
            .map_err(|_| ErrorData::internal_error("the report cannot be written", None))?;
        let mut result = CallToolResult::structured(value);
        result.content = vec![ContentBlock::text(self.0.to_string())];
        Ok(result.into())
    }
}
