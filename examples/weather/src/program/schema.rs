use clap::Command;
use serde_json::{Map, Value, json};

/// A JSON Schema of the environment variables that `serve` reads, from the flags' own definitions.
pub(super) fn of(program: &Command) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    let serve = program.find_subcommand("serve").map(Command::get_arguments);
    for argument in serve.into_iter().flatten() {
        let Some(name) = argument
            .get_env()
            .map(|name| name.to_string_lossy().into_owned())
        else {
            continue;
        };
        let mut property = json!({
            "type": "string",
            "description": argument.get_help().map(ToString::to_string),
        });
        if let [default] = argument.get_default_values() {
            property["default"] = json!(default.to_string_lossy());
        }
        let choices = argument.get_possible_values();
        if !choices.is_empty() {
            property["enum"] = choices.iter().map(|it| it.get_name()).collect();
        }
        if argument.is_required_set() {
            required.push(name.clone());
        }
        properties.insert(name, property);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("Environment of {}", program.get_name()),
        "type": "object",
        "properties": properties,
        "required": required,
    })
}
