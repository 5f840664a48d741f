//! A client without a screen: signs a user in as a browser would, and calls tools.
//!
//! For the tests of servers and for [`dev`](crate::dev). It follows the specification's client flow
//! step by step, from the 401 to the tool's answer, and takes no short cut that a real client does
//! not have.

mod browser;
mod client;
mod discovery;
mod error;
mod form;
mod http_client;
mod session;

pub use client::HeadlessClient;
pub use error::HeadlessError;
pub use session::Session;
