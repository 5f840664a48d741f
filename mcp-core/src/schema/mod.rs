//! What the schemas of a tool say, and that the server keeps to it.
//!
//! `standard` writes a schema so that every validator reads it. `contract` compiles the schemas of one
//! tool when the server is built, and checks each call against them; `whole` and `complaint` are what
//! it does with a number such as `3.0`, and with arguments that do not fit; `recursion` keeps the
//! words about these cheap.

mod complaint;
mod contract;
mod recursion;
mod standard;
mod whole;

pub(crate) use contract::Contract;
pub(crate) use standard::standard;
