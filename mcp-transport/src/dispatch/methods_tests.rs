use std::collections::BTreeSet;

use schemars::schema_for;
use serde_json::{Value, json, value::to_raw_value};

use super::*;
use crate::Subject;

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

/// What a new method names would slip past every policy if it were taken for nothing.
#[test]
fn what_a_method_names_is_its_subject() {
    let everything = to_raw_value(&json!({
        "uri": "a:b", "name": "c", "taskId": "d", "ref": {"type": "ref/resource", "uri": "e:f"},
        "argument": {"name": "g", "value": "h"}, "level": "info", "notifications": {},
        "protocolVersion": "2025-11-25", "capabilities": {}, "inputResponses": {},
        "clientInfo": {"name": "i", "version": "1"},
    }))
    .unwrap();
    let schema = serde_json::to_value(schema_for!(ClientRequest)).unwrap();
    let mut methods = BTreeSet::new();
    collect_methods(&schema, &mut methods);

    let mut naming = 0;
    for method in methods {
        let typed = decode(&method, Params::Text(Some(&everything)))
            .unwrap_or_else(|error| panic!("{method} needs more than `everything`: {error}"));
        let kept = serde_json::to_value(&typed.request).unwrap();
        let names = |member: &&str| kept["params"].get(member).is_some();
        let members = ["uri", "name", "taskId", "ref", "notifications"];
        if !members.iter().any(names) {
            continue;
        }
        naming += 1;
        assert_ne!(Subject::of(&typed.request), Subject::Nothing, "{method}");
    }
    assert!(naming > 10, "{naming}");
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
