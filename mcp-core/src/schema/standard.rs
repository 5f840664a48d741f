//! Schemas as JSON Schema 2020-12 knows them.
//!
//! `schemars` says the size of a Rust number by a `format` of OpenAPI, such as `uint32`. Validators do
//! not know these: some warn, some refuse the schema, and none enforces them. `minimum` and `maximum`
//! say the same, and everybody reads them.

use rmcp::{
    model::JsonObject,
    schemars::{Schema, transform::transform_subschemas},
};
use serde_json::{Number, Value};

/// The formats of JSON Schema 2020-12 (Validation, §7.3).
const FORMATS: [&str; 19] = [
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "idn-email",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "regex",
    "relative-json-pointer",
    "time",
    "uri",
    "uri-reference",
    "uri-template",
    "uuid",
];

/// The same schema: bounds stand where the format of an integer stood, and formats that the standard
/// does not have are left out.
pub(crate) fn standard(schema: &JsonObject) -> JsonObject {
    let mut schema = Schema::from(schema.clone());
    rewrite(&mut schema);
    match schema.to_value() {
        Value::Object(schema) => schema,
        // An object stays one.
        _ => JsonObject::new(),
    }
}

fn rewrite(schema: &mut Schema) {
    let format = schema.get("format").and_then(Value::as_str);
    if let Some(format) = format.filter(|format| !FORMATS.contains(format)) {
        let (least, most) = bounds(format);
        schema.remove("format");
        bound(schema, "minimum", least);
        bound(schema, "maximum", most);
    }
    transform_subschemas(&mut rewrite, schema);
}

/// What the author has said of the value itself stays.
fn bound(schema: &mut Schema, keyword: &str, limit: Option<Number>) {
    if let Some(limit) = limit
        && schema.get(keyword).is_none()
    {
        schema.insert(keyword.to_owned(), limit.into());
    }
}

/// The least and the greatest value of a Rust integer. Of 128 bits only what JSON numbers of this
/// server can hold is said: that an unsigned one is not negative.
fn bounds(format: &str) -> (Option<Number>, Option<Number>) {
    match format {
        "int8" => (Some(i8::MIN.into()), Some(i8::MAX.into())),
        "int16" => (Some(i16::MIN.into()), Some(i16::MAX.into())),
        "int32" => (Some(i32::MIN.into()), Some(i32::MAX.into())),
        "int64" => (Some(i64::MIN.into()), Some(i64::MAX.into())),
        "int" => (Some(isize::MIN.into()), Some(isize::MAX.into())),
        "uint8" => (Some(0.into()), Some(u8::MAX.into())),
        "uint16" => (Some(0.into()), Some(u16::MAX.into())),
        "uint32" => (Some(0.into()), Some(u32::MAX.into())),
        "uint64" => (Some(0.into()), Some(u64::MAX.into())),
        "uint" => (Some(0.into()), Some(usize::MAX.into())),
        "uint128" => (Some(0.into()), None),
        _ => (None, None),
    }
}
