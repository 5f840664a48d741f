#![doc = include_str!("lambda.md")]

mod answer;
mod envelope;
mod error;
mod event;
mod front;
mod function;
mod headers;
mod mode;
mod refusal;
mod runtime;
mod stream;

pub use answer::Answer;
pub use envelope::Envelope;
pub use error::{EventError, RunError};
pub use function::{Function, serve};
pub use mode::InvokeMode;

/// In the extensions of every request that comes from Lambda: the next one of the same client may reach
/// another process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sandbox;
