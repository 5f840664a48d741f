use std::sync::Arc;

use jsonschema::{Draft, PatternOptions, Validator, error::ValidationErrorKind};
use rmcp::model::{JsonObject, Tool};
use serde_json::Value;

use super::{
    complaint::complaint, recursion::without_recursion, standard::standard, whole::write_integers,
};

/// The schemas of a tool: what it publishes, and what each call is checked against.
#[derive(Debug)]
pub(crate) struct Contract {
    pub(crate) tool: String,
    published: Published,
    arguments: Checked,
    /// Whether a number among the arguments may have to be an integer.
    has_integers: bool,
    result: Option<Checked>,
}

/// As `tools/list` shows them.
#[derive(Debug)]
struct Published {
    input: Arc<JsonObject>,
    output: Option<Arc<JsonObject>>,
}

#[derive(Debug)]
struct Checked {
    validator: Validator,
    schema: Value,
    /// What explains a misfit in place of a schema that refers to itself.
    explaining: Option<Box<Checked>>,
}

impl Contract {
    /// Compiles the schemas of a tool.
    ///
    /// # Errors
    ///
    /// What is wrong with one of them, for the author.
    pub(crate) fn of(tool: &Tool) -> Result<Self, String> {
        let input = Arc::new(standard(&tool.input_schema));
        match input.get("type").and_then(Value::as_str) {
            Some("object") => {}
            _ => {
                return Err(
                    "the arguments must be a struct, and are something else (the root of the input \
                     schema is not of `type: object`, which MCP asks for): make it the field of one"
                        .to_owned(),
                );
            }
        }
        let output = tool.output_schema.as_deref().map(standard).map(Arc::new);
        let arguments = Checked::new(&input).map_err(|error| format!("input schema: {error}"))?;
        let result = output.as_deref().map(Checked::new).transpose();
        Ok(Self {
            tool: tool.name.to_string(),
            has_integers: arguments.schema.to_string().contains("\"integer\""),
            arguments,
            result: result.map_err(|error| format!("output schema: {error}"))?,
            published: Published { input, output },
        })
    }

    /// Puts the schemas as everybody reads them in the place of the handler's.
    pub(crate) fn publish(&self, tool: &mut Tool) {
        tool.input_schema = Arc::clone(&self.published.input);
        // A client of an older revision is not shown some of them.
        if tool.output_schema.is_some() {
            tool.output_schema.clone_from(&self.published.output);
        }
    }

    /// Checks the arguments of a call, and writes their integers so that serde takes them.
    ///
    /// # Errors
    ///
    /// What does not fit, for the model.
    pub(crate) fn check_arguments(&self, arguments: &mut Option<JsonObject>) -> Result<(), String> {
        let mut value = Value::Object(arguments.take().unwrap_or_default());
        if !self.arguments.validator.is_valid(&value) {
            return Err(self.arguments.complaint(&value));
        }
        if self.has_integers {
            write_integers(&mut value);
        }
        if let Value::Object(checked) = value {
            *arguments = Some(checked);
        }
        Ok(())
    }

    /// Checks the structured content of a result.
    ///
    /// # Errors
    ///
    /// What does not fit, for the log.
    pub(crate) fn check_result(&self, content: &Value) -> Result<(), String> {
        match &self.result {
            Some(result) if !result.validator.is_valid(content) => Err(result.complaint(content)),
            _ => Ok(()),
        }
    }
}

impl Checked {
    fn new(schema: &JsonObject) -> Result<Self, String> {
        let mut checked = Self::compile(schema.clone())?;
        if let Some(schema) = without_recursion(schema) {
            checked.explaining = Some(Box::new(Self::compile(schema)?));
        }
        Ok(checked)
    }

    /// Patterns are matched in linear time, whatever a client sends.
    fn compile(schema: JsonObject) -> Result<Self, String> {
        let schema = Value::Object(schema);
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(PatternOptions::regex())
            .offline()
            .build(&schema)
            .map_err(|error| match error.kind() {
                ValidationErrorKind::Format { .. } => format!(
                    "{error}; patterns are matched in linear time, so without look-around and back references"
                ),
                _ => error.to_string(),
            })?;
        Ok(Self {
            validator,
            schema,
            explaining: None,
        })
    }

    #[cold]
    fn complaint(&self, value: &Value) -> String {
        match &self.explaining {
            Some(cut) => complaint(&cut.validator, &cut.schema, true, value),
            None => complaint(&self.validator, &self.schema, false, value),
        }
    }
}
