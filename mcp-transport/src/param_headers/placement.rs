//! Where `x-mcp-header` may stand in an input schema: what clients check before they offer a tool to
//! their model, and leave the whole tool out otherwise.

use std::collections::HashSet;

use rmcp::model::JsonObject;
use serde_json::Value;
use thiserror::Error;

use super::{ANNOTATION, header_name};

/// An `x-mcp-header` annotation for which clients leave the whole tool out. `property` is its place:
/// the keys from the schema's root, with `/` between them.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParamHeaderError {
    /// It can only be found by evaluating the schema.
    #[error(
        "`x-mcp-header` at `{property}` is out of a client's reach: put it on an argument, or on a \
         field of a struct within the arguments that is `#[schemars(inline)]`, but not into a list \
         or a choice"
    )]
    OutOfReach {
        /// Where it stands.
        property: String,
    },
    /// It is no token of RFC 9110, section 5.6.2.
    #[error(
        "`x-mcp-header` at `{property}` is no header name: give it letters, digits and dashes, such \
         as \"Region\""
    )]
    Name {
        /// Where it stands.
        property: String,
    },
    /// Its property may be something else than one string, one integer or one boolean.
    #[error(
        "`x-mcp-header` at `{property}` needs exactly one type out of string, integer and boolean; \
         an `Option` has two: say `#[schemars(with = \"String\")]`, or take the plain type with \
         `#[serde(default)]`"
    )]
    Type {
        /// Where it stands.
        property: String,
    },
    /// Another property has the same header; upper and lower case are the same.
    #[error("`x-mcp-header` at `{property}` names a header that another argument has: rename one")]
    Repeated {
        /// Where the second one stands.
        property: String,
    },
}

pub(super) fn check(input_schema: &JsonObject) -> Result<(), ParamHeaderError> {
    let mut walk = Walk {
        path: Vec::new(),
        seen: HashSet::new(),
    };
    walk.schema(input_schema, Place::Root)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    /// Reached from the root through `properties` alone.
    Property,
    Elsewhere,
}

struct Walk<'a> {
    path: Vec<&'a str>,
    seen: HashSet<String>,
}

impl<'a> Walk<'a> {
    fn schema(&mut self, schema: &'a JsonObject, place: Place) -> Result<(), ParamHeaderError> {
        if let Some(name) = schema.get(ANNOTATION) {
            self.annotation(name, schema, place)?;
        }
        let properties = match place {
            Place::Root | Place::Property => Place::Property,
            Place::Elsewhere => Place::Elsewhere,
        };
        for (keyword, value) in schema {
            self.path.push(keyword);
            match keyword.as_str() {
                "properties" => self.named(value, properties)?,
                "$defs" | "definitions" | "dependencies" | "dependentSchemas"
                | "patternProperties" => self.named(value, Place::Elsewhere)?,
                // Values and names, which may look like schemas.
                ANNOTATION | "const" | "default" | "dependentRequired" | "enum" | "examples" => {}
                _ => self.nested(value)?,
            }
            self.path.pop();
        }
        Ok(())
    }

    /// A map from names to schemas.
    fn named(&mut self, schemas: &'a Value, place: Place) -> Result<(), ParamHeaderError> {
        for (name, schema) in schemas.as_object().into_iter().flatten() {
            let Some(schema) = schema.as_object() else {
                continue;
            };
            self.path.push(name);
            self.schema(schema, place)?;
            self.path.pop();
        }
        Ok(())
    }

    fn nested(&mut self, value: &'a Value) -> Result<(), ParamHeaderError> {
        match value {
            Value::Object(schema) => self.schema(schema, Place::Elsewhere),
            Value::Array(schemas) => schemas.iter().try_for_each(|schema| self.nested(schema)),
            _ => Ok(()),
        }
    }

    fn annotation(
        &mut self,
        name: &Value,
        schema: &JsonObject,
        place: Place,
    ) -> Result<(), ParamHeaderError> {
        let property = self.path.join("/");
        if place != Place::Property {
            return Err(ParamHeaderError::OutOfReach { property });
        }
        let Some(name) = name.as_str().and_then(header_name) else {
            return Err(ParamHeaderError::Name { property });
        };
        let kind = schema.get("type").and_then(Value::as_str);
        if !matches!(kind, Some("string" | "integer" | "boolean")) {
            return Err(ParamHeaderError::Type { property });
        }
        if !self.seen.insert(name.as_str().to_owned()) {
            return Err(ParamHeaderError::Repeated { property });
        }
        Ok(())
    }
}
