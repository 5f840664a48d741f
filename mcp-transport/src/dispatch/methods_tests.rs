use std::collections::BTreeSet;

use schemars::schema_for;
use serde_json::Value;

use super::*;

/// A method that a new rmcp knows and the table does not would silently become a custom request.
#[test]
fn table_knows_every_method_of_rmcp() {
    let schema = serde_json::to_value(schema_for!(ClientRequest)).unwrap();
    let mut methods = BTreeSet::new();
    collect_methods(&schema, &mut methods);
    assert!(methods.len() > 20, "{methods:?}");

    for method in methods {
        let custom = matches!(
            decode(&method, Params::Text(None)),
            Ok(Typed {
                request: ClientRequest::CustomRequest(_),
                ..
            })
        );
        assert!(!custom, "{method} is missing from the method table");
    }
}

fn collect_methods(schema: &Value, methods: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            if object.get("format") == Some(&Value::from("const"))
                && let Some(method) = object.get("const").and_then(Value::as_str)
                && (method.contains('/') || ["ping", "initialize"].contains(&method))
            {
                methods.insert(method.to_owned());
            }
            object
                .values()
                .for_each(|value| collect_methods(value, methods));
        }
        Value::Array(values) => values
            .iter()
            .for_each(|value| collect_methods(value, methods)),
        _ => {}
    }
}
