//! What a model reads whose arguments do not fit: where, what was expected, what is allowed.
//!
//! Values are not repeated, since they may be long. Names of members are, quoted and cut.

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind as Kind};
use serde_json::Value;

/// How many faults are named at a time.
const FAULTS: usize = 5;
/// How many names are listed for one fault.
const NAMES: usize = 20;
/// Characters of a name, a path or a sentence of the validator's.
const LONGEST: usize = 200;
/// Every fault of a value costs some kilobytes while it is looked for, more where there are alternatives, so
/// larger values are not explained.
const EXPLAINED: usize = 1_000;

/// With `cut`, the schema is one [without recursion](super::recursion), so that not every misfit shows.
pub(super) fn complaint(validator: &Validator, schema: &Value, cut: bool, value: &Value) -> String {
    let mut left = EXPLAINED;
    if exceeds(value, &mut left) {
        return "there are too many values to say which does not fit the schema: send fewer"
            .to_owned();
    }
    let mut faults = Vec::new();
    let mut more = 0_usize;
    for error in validator.iter_errors(value) {
        // The alternatives differ in what was cut.
        if cut && matches!(error.kind(), Kind::OneOfMultipleValid { .. }) {
            continue;
        }
        let fault = fault(schema, &error);
        match faults.len() < FAULTS {
            _ if faults.contains(&fault) => {}
            true => faults.push(fault),
            false => more += 1,
        }
    }
    if faults.is_empty() {
        return "what does not fit lies where the schema refers to itself: compare each level with it"
            .to_owned();
    }
    let mut text = faults.join("; ");
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    text
}

/// Whether a value has more values in it than are left.
fn exceeds(value: &Value, left: &mut usize) -> bool {
    let Some(fewer) = left.checked_sub(1) else {
        return true;
    };
    *left = fewer;
    match value {
        Value::Array(values) => values.iter().any(|value| exceeds(value, left)),
        Value::Object(members) => members.values().any(|value| exceeds(value, left)),
        _ => false,
    }
}

fn fault(schema: &Value, error: &ValidationError<'_>) -> String {
    let error = innermost(error);
    let place = match error.instance_path().as_str() {
        "" => "the arguments".to_owned(),
        path => quoted(path),
    };
    match error.kind() {
        Kind::Required { property } => {
            let name = quoted(property.as_str().unwrap_or_default());
            let given = error.instance().as_object();
            let known = siblings(schema, error);
            let unknown = given.into_iter().flat_map(|members| members.keys());
            let unknown = unknown.filter(|name| !known.contains(&name.as_str()));
            let unknown: Vec<_> = unknown.map(String::as_str).collect();
            let hint = match unknown.is_empty() || known.is_empty() {
                true => String::new(),
                false => format!(" (unknown there: {})", list(&unknown)),
            };
            format!("{place}: {name} is missing{hint}")
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let unexpected: Vec<_> = unexpected.iter().map(String::as_str).collect();
            let unknown = list(&unexpected);
            let known = siblings(schema, error);
            match known.is_empty() {
                true => format!("{place}: unknown {unknown}; no member is allowed there"),
                false => format!("{place}: unknown {unknown}; allowed are {}", list(&known)),
            }
        }
        Kind::Enum { options } => {
            let options = options.as_array().into_iter().flatten();
            let options: Vec<_> = options.map(ToString::to_string).collect();
            format!("{place} must be one of {}", cut(&options.join(", ")))
        }
        // Its words would be those of the validator's own limits or of the value.
        Kind::Pattern { pattern } => format!("{place} does not match {}", quoted(pattern)),
        _ => {
            let words = error.masked_with("it").to_string();
            format!("{place}: {}", cut(&printable(&words)))
        }
    }
}

/// Of a value that fits no alternative, what keeps it from the one that it is closest to: the one
/// whose fault lies deepest.
fn innermost<'e>(error: &'e ValidationError<'_>) -> &'e ValidationError<'e> {
    let (Kind::AnyOf { context } | Kind::OneOfNotValid { context }) = error.kind() else {
        return error;
    };
    let depth = |error: &ValidationError<'_>| error.instance_path().segments().count();
    let firsts = context.iter().filter_map(|faults| faults.first());
    let deepest = firsts.map(innermost).max_by_key(|error| depth(error));
    match deepest {
        Some(deepest) if depth(deepest) > depth(error) => deepest,
        _ => error,
    }
}

/// The members that the schema of an object names, beside the keyword that was not kept to.
fn siblings<'s>(schema: &'s Value, error: &ValidationError<'_>) -> Vec<&'s str> {
    let keyword = error.schema_path().as_str();
    let Some((object, _)) = keyword.rsplit_once('/') else {
        return Vec::new();
    };
    let properties = schema.pointer(object).map(|object| &object["properties"]);
    let properties = properties.and_then(Value::as_object);
    let names = properties.into_iter().flat_map(|known| known.keys());
    names.map(String::as_str).collect()
}

fn list(names: &[&str]) -> String {
    let shown: Vec<_> = names.iter().take(NAMES).map(|name| quoted(name)).collect();
    match names.len().saturating_sub(NAMES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn quoted(text: &str) -> String {
    format!("`{}`", cut(&printable(text)))
}

/// Quotes and backslashes stay readable.
fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\'' | '\\' => printable.push(character),
            other => printable.extend(other.escape_debug()),
        }
    }
    printable
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
