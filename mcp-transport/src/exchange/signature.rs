//! Who answers: `_meta["io.modelcontextprotocol/serverInfo"]` in the results of 2026-07-28, which
//! has no handshake to say it in.

use rmcp::model::{CustomResult, Implementation, JsonObject, MetaObject, ServerResult};
use serde_json::Value;

const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

/// The server's name and version, rendered once.
#[derive(Debug)]
pub(crate) struct Signature(Option<Value>);

impl Signature {
    pub(crate) fn new(server: &Implementation) -> Self {
        Self(serde_json::to_value(server).ok())
    }

    /// Adds the server's name to a result, unless its handler has.
    pub(crate) fn sign(&self, result: &mut ServerResult) {
        if let ServerResult::CustomResult(CustomResult(Value::Object(members))) = result {
            return self.complete(members);
        }
        if let Some(meta) = meta_of(result) {
            self.enter(&mut meta.get_or_insert_default().0);
        }
    }

    /// The result of a method that rmcp does not know, and so leaves as its handler made it: what
    /// every result must say is added, unless the handler has.
    fn complete(&self, members: &mut JsonObject) {
        members
            .entry("resultType")
            .or_insert_with(|| "complete".into());
        let meta = members
            .entry("_meta")
            .or_insert_with(|| Value::Object(JsonObject::new()));
        if let Value::Object(meta) = meta {
            self.enter(meta);
        }
    }

    fn enter(&self, meta: &mut JsonObject) {
        if let Some(server) = &self.0 {
            meta.entry(SERVER_INFO).or_insert_with(|| server.clone());
        }
    }
}

/// The metadata of the results that have some. rmcp names the server itself where a subscription
/// ends.
fn meta_of(result: &mut ServerResult) -> Option<&mut Option<MetaObject>> {
    match result {
        ServerResult::CallToolResult(it) => Some(&mut it.meta),
        ServerResult::InputRequiredResult(it) => Some(&mut it.meta),
        ServerResult::CreateTaskResult(it) => Some(&mut it.meta),
        ServerResult::GetTaskResult(it) => Some(&mut it.meta),
        ServerResult::TaskAckResult(it) => Some(&mut it.meta),
        ServerResult::ListToolsResult(it) => Some(&mut it.meta),
        ServerResult::GetPromptResult(it) => Some(&mut it.meta),
        ServerResult::ListPromptsResult(it) => Some(&mut it.meta),
        ServerResult::ReadResourceResult(it) => Some(&mut it.meta),
        ServerResult::ListResourcesResult(it) => Some(&mut it.meta),
        ServerResult::ListResourceTemplatesResult(it) => Some(&mut it.meta),
        ServerResult::ListSkillsResult(it) => Some(&mut it.meta),
        ServerResult::GetSkillResult(it) => Some(&mut it.meta),
        ServerResult::CompleteResult(it) => Some(&mut it.meta),
        ServerResult::DiscoverResult(it) => Some(&mut it.meta),
        _ => None,
    }
}
