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
