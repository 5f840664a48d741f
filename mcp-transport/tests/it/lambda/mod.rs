//! The router as a Lambda function, driven with events as AWS sends them.

mod bounds;
mod events;
mod front;
mod headers;
mod parity;
mod runtime;
mod sessions;
mod streaming;
