//! Schemas that refer to themselves, as those of trees do.
//!
//! The validator remembers what it has seen while it decides, but not while it explains: of a tree of
//! alternatives that does not fit, it then looks at every combination, which takes longer than anybody
//! waits for a value of a few hundred bytes (T-29).

use rmcp::{
    model::JsonObject,
    schemars::{Schema, transform::transform_subschemas},
};
use serde_json::Value;

/// The same schema, which allows everything at each reference that leads back to where it stands; `None`
/// if there is no such reference.
pub(super) fn without_recursion(schema: &JsonObject) -> Option<JsonObject> {
    let mut root = schema.clone();
    let mut references = References::default();
    if let Some(Value::Object(defs)) = root.remove("$defs") {
        references.waiting = defs;
    }
    let mut root = Schema::from(root);
    references.cut(&mut root);
    if !references.found_cycle {
        return None;
    }
    root.insert("$defs".to_owned(), Value::Object(references.done));
    match root.to_value() {
        Value::Object(root) => Some(root),
        // An object stays one.
        _ => None,
    }
}

/// The walk through a schema: what is neither waiting nor done is being walked through.
#[derive(Default)]
struct References {
    waiting: JsonObject,
    done: JsonObject,
    found_cycle: bool,
}

impl References {
    fn cut(&mut self, schema: &mut Schema) {
        transform_subschemas(&mut |schema: &mut Schema| self.cut(schema), schema);
        for keyword in ["$ref", "$dynamicRef"] {
            let reference = schema.get(keyword).and_then(Value::as_str);
            let leads_on = reference.is_none_or(|reference| self.walk(reference));
            if !leads_on {
                schema.remove(keyword);
                self.found_cycle = true;
            }
        }
    }

    /// Whether the reference leads to something else. What is not one of `$defs`, as `schemars` writes
    /// them, may lead anywhere.
    fn walk(&mut self, reference: &str) -> bool {
        let Some(name) = reference.strip_prefix("#/$defs/") else {
            return false;
        };
        if self.done.contains_key(name) {
            return true;
        }
        let waiting = self.waiting.remove(name);
        let Some(mut schema) = waiting.and_then(|schema| Schema::try_from(schema).ok()) else {
            return false;
        };
        self.cut(&mut schema);
        self.done.insert(name.to_owned(), schema.to_value());
        true
    }
}
