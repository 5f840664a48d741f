//! Elicitation forms, written as the JSON Schema that the client receives.

use rmcp::{
    ErrorData,
    model::{ElicitRequest, ElicitRequestParams, ElicitationSchema},
};
use serde_json::{Value, json};

/// The parameters of `elicitation/create` for a form with these `properties`, all required.
pub(crate) fn form(message: &str, properties: Value) -> Result<ElicitRequestParams, ErrorData> {
    let required: Vec<_> = properties
        .as_object()
        .into_iter()
        .flat_map(|properties| properties.keys().cloned())
        .collect();
    let schema = json!({ "type": "object", "properties": properties, "required": required });
    let requested_schema: ElicitationSchema = serde_json::from_value(schema).map_err(|error| {
        ErrorData::internal_error(
            format!("the form is not an elicitation schema: {error}"),
            None,
        )
    })?;
    Ok(ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: message.to_owned(),
        requested_schema,
    })
}

/// The same as a whole request, for `inputRequests`.
pub(crate) fn elicitation(message: &str, properties: Value) -> Result<ElicitRequest, ErrorData> {
    form(message, properties).map(ElicitRequest::new)
}
