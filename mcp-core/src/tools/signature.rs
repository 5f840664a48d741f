//! What a tool takes and answers, checked where the author wrote it.
//!
//! rmcp asks one bound of a whole method, so that the compiler's complaint is about a tuple and points
//! at the `impl` block. The macros ask these traits first, type by type.

use std::sync::Arc;

use rmcp::{
    handler::server::{
        common::{FromContextPart, schema_for_input, schema_for_type},
        tool::{IntoCallToolResult, ToolCallContext},
    },
    model::JsonObject,
    schemars::JsonSchema,
};

use super::Probe;

/// What rmcp can make an argument of a tool of `S` from.
#[diagnostic::on_unimplemented(
    message = "a tool cannot take `{Self}` as an argument",
    label = "neither the model nor the server can fill this in",
    note = "what the model fills in: `Parameters(args): Parameters<MyArgs>`, where `MyArgs` derives `serde::Deserialize` and `JsonSchema`",
    note = "who is calling: `Caller(who): Caller`"
)]
pub trait ToolArgument<S> {}

#[diagnostic::do_not_recommend]
impl<S, T> ToolArgument<S> for T where T: for<'a> FromContextPart<ToolCallContext<'a, S>> {}

/// What rmcp can make the result of a tool of.
#[diagnostic::on_unimplemented(
    message = "a tool cannot return `{Self}`",
    label = "this is no result of a tool",
    note = "return `String`, `Json<T>` where `T` derives `serde::Serialize` and `JsonSchema`, or `CallToolResult`",
    note = "if it can fail, return `Result<_, ToolError>` of one of these"
)]
pub trait ToolResult {}

#[diagnostic::do_not_recommend]
impl<T: IntoCallToolResult> ToolResult for T {}

/// Checks the type of an argument, and asks what it needs of the server.
pub const fn argument<S, T: ToolArgument<S>>() -> Probe<T> {
    Probe::new()
}

/// The schema of what the model fills in.
///
/// rmcp panics where it is not that of an object. Here it is returned as it is, and the server does not
/// build.
pub fn input_schema<T: JsonSchema + 'static>() -> Arc<JsonObject> {
    schema_for_input::<T>().unwrap_or_else(|_| schema_for_type::<T>())
}

/// Checks the type of a result.
pub const fn returns<T: ToolResult>() {}
