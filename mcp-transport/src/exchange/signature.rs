//! Who answers: `_meta["io.modelcontextprotocol/serverInfo"]` in the results of 2026-07-28, which
//! has no handshake to say it in.

use rmcp::model::{CustomResult, Implementation, JsonObject, MetaObject, ServerResult};
use serde::{Serialize, Serializer};
use serde_json::{
    Value, json,
    value::{RawValue, to_raw_value},
};

const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

/// The server's name and version, rendered once.
#[derive(Debug)]
pub(crate) struct Signature(Option<Rendered>);

#[derive(Debug)]
struct Rendered {
    server: Value,
    /// The whole `_meta` of a result that has no other.
    meta: Box<RawValue>,
}

impl Signature {
    pub(crate) fn new(server: &Implementation) -> Self {
        Self(Rendered::new(server).ok())
    }

    /// Adds the server's name to a result, unless its handler has.
    pub(crate) fn sign<'a>(&'a self, result: &'a mut ServerResult) -> Signed<'a> {
        if let ServerResult::CustomResult(CustomResult(Value::Object(members))) = result {
            self.complete(members);
        }
        let missing = match (meta_of(result), &self.0) {
            (Some(None), Some(rendered)) => Some(&*rendered.meta),
            (Some(Some(meta)), _) => {
                self.enter(&mut meta.0);
                None
            }
            _ => None,
        };
        Signed { result, missing }
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
        if let Some(Rendered { server, .. }) = &self.0 {
            meta.entry(SERVER_INFO).or_insert_with(|| server.clone());
        }
    }
}

impl Rendered {
    fn new(server: &Implementation) -> serde_json::Result<Self> {
        let server = serde_json::to_value(server)?;
        let meta = to_raw_value(&json!({ SERVER_INFO: server }))?;
        Ok(Self { server, meta })
    }
}

/// A result that says who answers.
#[derive(Debug)]
pub(crate) struct Signed<'a> {
    pub(super) result: &'a ServerResult,
    /// The `_meta` that is not in the result: most have none, and its text is at hand.
    missing: Option<&'a RawValue>,
}

impl Serialize for Signed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Completed<'a> {
            #[serde(flatten)]
            result: &'a ServerResult,
            #[serde(rename = "_meta")]
            meta: &'a RawValue,
        }
        let result = self.result;
        match self.missing {
            Some(meta) => Completed { result, meta }.serialize(serializer),
            None => result.serialize(serializer),
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
