//! Tools whose input schema is the point.

use std::sync::Arc;

use rmcp::{handler::server::wrapper::Parameters, model::JsonObject, schemars, tool, tool_router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Fixture;

/// Arguments that clients of 2026-07-28 repeat in `Mcp-Param-*` headers (SEP-2243).
#[derive(Deserialize, schemars::JsonSchema)]
struct Routed {
    /// Repeated in `Mcp-Param-Region`
    #[schemars(extend("x-mcp-header" = "Region"))]
    region: String,
    /// Repeated in `Mcp-Param-Priority`, when it is given
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64", extend("x-mcp-header" = "Priority"))]
    priority: Option<i64>,
}

#[tool_router(router = schema_tools, vis = "pub(super)")]
impl Fixture {
    /// Tool with JSON Schema 2020-12 features
    #[tool(input_schema = json_schema_2020_12())]
    async fn json_schema_2020_12_tool(&self, arguments: JsonObject) -> String {
        format!(
            "JSON Schema 2020-12 tool called with {}",
            Value::Object(arguments)
        )
    }

    /// Takes arguments that are also sent as headers
    #[tool]
    async fn test_custom_headers(&self, Parameters(routed): Parameters<Routed>) -> String {
        let priority = routed.priority.unwrap_or_default();
        format!("Routed to {} with priority {priority}.", routed.region)
    }
}

/// `$defs`, `$anchor`, composition and conditions, which a server has to pass on untouched.
fn json_schema_2020_12() -> Arc<JsonObject> {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": { "street": { "type": "string" }, "city": { "type": "string" } },
            },
        },
        "properties": {
            "name": { "type": "string" },
            "address": { "$ref": "#/$defs/address" },
            "contactMethod": { "type": "string", "enum": ["phone", "email"] },
            "phone": { "type": "string" },
            "email": { "type": "string" },
        },
        "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
        "if": {
            "properties": { "contactMethod": { "const": "phone" } },
            "required": ["contactMethod"],
        },
        "then": { "required": ["phone"] },
        "else": { "required": ["email"] },
        "additionalProperties": false,
    });
    let Value::Object(schema) = schema else {
        return Arc::default();
    };
    Arc::new(schema)
}
