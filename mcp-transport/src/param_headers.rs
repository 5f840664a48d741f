//! `Mcp-Param-*`: arguments that a client repeats in headers, so that a gateway can route on them
//! without reading the body (SEP-2243).

mod placement;

use std::sync::Arc;

use http::{HeaderMap, HeaderName};
use rmcp::{ErrorData, model::JsonObject};
use serde_json::{Number, Value};

pub use self::placement::ParamHeaderError;
use crate::exchange::routing::{decode, mismatch, single};

const ANNOTATION: &str = "x-mcp-header";
const PREFIX: &str = "mcp-param-";

/// Which arguments of a tool are repeated in which headers: the `x-mcp-header` annotations of its
/// input schema. Cheap to clone.
///
/// A header that contradicts its argument, or is missing although the argument is there, makes the
/// transport refuse a call of 2026-07-28 with -32020.
///
/// ```
/// use portcullis_transport::ParamHeaders;
///
/// let schema = serde_json::json!({
///     "type": "object",
///     "properties": { "region": { "type": "string", "x-mcp-header": "Region" } },
/// });
/// let headers = ParamHeaders::of(schema.as_object().unwrap());
/// assert!(!headers.is_empty());
/// ```
#[derive(Debug, Clone, Default)]
pub struct ParamHeaders(Option<Arc<[ParamHeader]>>);

#[derive(Debug)]
struct ParamHeader {
    name: HeaderName,
    /// The names of the properties from the arguments' root to the value.
    path: Box<[Box<str>]>,
}

impl ParamHeaders {
    /// The annotations of an input schema.
    ///
    /// They count where a client can find them without evaluating the schema: on properties that are
    /// reached through `properties` alone. Others are left out.
    pub fn of(input_schema: &JsonObject) -> Self {
        let mut found = Vec::new();
        collect(input_schema, &mut Vec::new(), &mut found);
        if found.is_empty() {
            return Self(None);
        }
        Self(Some(found.into()))
    }

    /// The annotations of an input schema, if clients take them: they leave out a tool with one that
    /// stands where it may not.
    ///
    /// # Errors
    ///
    /// [`ParamHeaderError`], for the first such annotation.
    pub fn checked(input_schema: &JsonObject) -> Result<Self, ParamHeaderError> {
        placement::check(input_schema)?;
        Ok(Self::of(input_schema))
    }

    /// Whether there is nothing to compare.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Compares the headers of a call with its arguments. Unless they are `required`, they may be
    /// missing.
    ///
    /// # Errors
    ///
    /// -32020.
    pub(crate) fn check(
        &self,
        headers: &HeaderMap,
        arguments: Option<&JsonObject>,
        required: bool,
    ) -> Result<(), ErrorData> {
        self.0
            .iter()
            .flat_map(|expected| expected.iter())
            .try_for_each(|expected| expected.check(headers, arguments, required))
    }
}

fn collect<'a>(schema: &'a JsonObject, path: &mut Vec<&'a str>, found: &mut Vec<ParamHeader>) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (property, schema) in properties.into_iter().flatten() {
        let Some(schema) = schema.as_object() else {
            continue;
        };
        path.push(property);
        let name = schema.get(ANNOTATION).and_then(Value::as_str);
        if let Some(name) = name.and_then(header_name) {
            found.push(ParamHeader {
                name,
                path: path.iter().map(|&name| name.into()).collect(),
            });
        }
        collect(schema, path, found);
        path.pop();
    }
}

fn header_name(annotation: &str) -> Option<HeaderName> {
    let name = HeaderName::try_from(format!("{PREFIX}{annotation}")).ok()?;
    (name.as_str() != PREFIX).then_some(name)
}

impl ParamHeader {
    fn check(
        &self,
        headers: &HeaderMap,
        arguments: Option<&JsonObject>,
        required: bool,
    ) -> Result<(), ErrorData> {
        let sent = single(headers, &self.name)?;
        let argument = arguments.and_then(|arguments| self.argument(arguments));
        match (sent, argument) {
            (None, None | Some(Value::Null)) => Ok(()),
            // No header can carry these; what they are worth is for the tool to say.
            (None, Some(Value::Array(_) | Value::Object(_))) => Ok(()),
            (None, Some(_)) if required => Err(self.mismatch("is missing")),
            (None, Some(_)) => Ok(()),
            (Some(sent), Some(argument)) => {
                let sent = decode(sent).map_err(|reason| self.mismatch(reason))?;
                if says(&sent, argument) {
                    return Ok(());
                }
                Err(self.mismatch("does not say what its argument says"))
            }
            (Some(_), None) => Err(self.mismatch("names an argument that is not there")),
        }
    }

    fn argument<'a>(&self, arguments: &'a JsonObject) -> Option<&'a Value> {
        let (first, rest) = self.path.split_first()?;
        let argument = arguments.get(&**first)?;
        rest.iter()
            .try_fold(argument, |value, property| value.get(&**property))
    }

    fn mismatch(&self, reason: &str) -> ErrorData {
        mismatch(format!("{} {reason}", self.name))
    }
}

/// Numbers are compared as numbers: `42` also says `42.0`.
fn says(sent: &[u8], argument: &Value) -> bool {
    match argument {
        Value::String(text) => sent == text.as_bytes(),
        Value::Bool(true) => sent == b"true",
        Value::Bool(false) => sent == b"false",
        Value::Number(number) => serde_json::from_slice::<Number>(sent).is_ok_and(|sent| {
            // Two integers are equal only exactly: beyond 2^53 floats would blur them.
            let inexact = sent.is_f64() || number.is_f64();
            sent == *number || inexact && sent.as_f64() == number.as_f64()
        }),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}
