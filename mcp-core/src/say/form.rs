//! The form that a user fills in, and whether an answer fits it.

use std::cmp::Ordering;

use rmcp::{
    model::ElicitationSchema,
    schemars::{JsonSchema, generate::SchemaSettings},
};
use serde_json::Value;

/// What the client is shown.
pub(super) fn form<A: JsonSchema>() -> serde_json::Result<ElicitationSchema> {
    serde_json::from_value(schema::<A>())
}

/// Whether each field keeps to what the schema says of it. Its type is left to serde.
pub(super) fn fits<A: JsonSchema>(content: &Value) -> bool {
    let schema = schema::<A>();
    let required = schema["required"].as_array().into_iter().flatten();
    let mut required = required.filter_map(Value::as_str);
    let mut fields = schema["properties"].as_object().into_iter().flatten();
    required.all(|name| content.get(name).is_some())
        && fields.all(|(name, rule)| content.get(name).is_none_or(|value| allows(rule, value)))
}

/// In the draft of JSON Schema that forms are written in. They are flat: an enum stands where it is used.
fn schema<A: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    settings
        .into_generator()
        .into_root_schema_for::<A>()
        .to_value()
}

fn allows(rule: &Value, value: &Value) -> bool {
    let choices = rule["enum"].as_array();
    choices.is_none_or(|choices| choices.contains(value))
        && in_range(rule, value)
        && has_length(rule, value)
}

fn in_range(rule: &Value, value: &Value) -> bool {
    let keeps =
        |keyword, holds: fn(Ordering) -> bool| compare(value, &rule[keyword]).is_none_or(holds);
    keeps("minimum", Ordering::is_ge)
        && keeps("maximum", Ordering::is_le)
        && keeps("exclusiveMinimum", Ordering::is_gt)
        && keeps("exclusiveMaximum", Ordering::is_lt)
}

/// `None`, unless both are numbers.
fn compare(value: &Value, bound: &Value) -> Option<Ordering> {
    if let (Some(value), Some(bound)) = (value.as_i64(), bound.as_i64()) {
        return Some(value.cmp(&bound));
    }
    value.as_f64()?.partial_cmp(&bound.as_f64()?)
}

fn has_length(rule: &Value, value: &Value) -> bool {
    let (length, least, most) = match value {
        Value::String(text) => (text.chars().count(), "minLength", "maxLength"),
        Value::Array(choices) => (choices.len(), "minItems", "maxItems"),
        _ => return true,
    };
    let bound = |keyword| {
        rule[keyword]
            .as_u64()
            .and_then(|bound| usize::try_from(bound).ok())
    };
    bound(least).is_none_or(|least| length >= least)
        && bound(most).is_none_or(|most| length <= most)
}
